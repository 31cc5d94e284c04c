package distill

import (
	"math"
	"strings"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/optim"
)

func TestDefaultsAreThoseOfTheSeedClass(t *testing.T) {
	want := Config{
		Encoder: "vit_small_patch16_224", ProjectorHiddenDim: 2048, ProjectorBottleneckDim: 256, NPrototypes: 65536,
		TemperatureStudent: 0.1, TemperatureTeacherWarmup: 0.04, TemperatureTeacher: 0.07,
		WarmupEpochsTemperatureTeacher: 30,
		CenterMomentum:                 0.9, EMADecayStart: 0.996, EMADecayEnd: 1,
		Head: "seed", HeadLayers: 3, NormLastLayer: true, Targets: "centering", SinkhornIterations: 3,
		CenterRule: "seed", EMABuffers: true, Precision: "float32",
	}
	if got := DefaultConfig(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	m, err := New(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	if want := vit.Custom(224, 16, 384, 12, 6); m.ViT != want {
		t.Errorf("the encoder is %+v, want %+v", m.ViT, want)
	}
}

func TestConfigValidate(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"distill: projector_hidden_dim is 0: must be at least 1": func(c *Config) {
			c.ProjectorHiddenDim = 0
		},
		"distill: projector_bottleneck_dim is -3: must be at least 1": func(c *Config) {
			c.ProjectorBottleneckDim = -3
		},
		"distill: head_layers is 0: must be at least 1": func(c *Config) {
			c.HeadLayers = 0
		},
		"distill: sinkhorn_iterations is 0: must be at least 1": func(c *Config) {
			c.SinkhornIterations = 0
		},
		"distill: sinkhorn_iterations is 101: must be at most 100": func(c *Config) {
			c.SinkhornIterations = 101
		},
		"distill: n_prototypes is 1: must be at least 2": func(c *Config) {
			c.NPrototypes = 1
		},
		"distill: temperature_student is 0: must be positive": func(c *Config) {
			c.TemperatureStudent = 0
		},
		"distill: temperature_teacher_warmup is -1: must be positive": func(c *Config) {
			c.TemperatureTeacherWarmup = -1
		},
		"distill: temperature_teacher is NaN: must be positive": func(c *Config) {
			c.TemperatureTeacher = math.NaN()
		},
		"distill: center_momentum is 1.5: must be in [0, 1]": func(c *Config) {
			c.CenterMomentum = 1.5
		},
		"distill: ema_decay_start is -0.1: must be in [0, 1]": func(c *Config) {
			c.EMADecayStart = -0.1
		},
		"distill: ema_decay_end is NaN: must be in [0, 1]": func(c *Config) {
			c.EMADecayEnd = math.NaN()
		},
		"distill: warmup_epochs_temperature_teacher is -1: must not be negative": func(c *Config) {
			c.WarmupEpochsTemperatureTeacher = -1
		},
		`distill: head is "mlp": must be one of ["seed" "official"]`:      func(c *Config) { c.Head = "mlp" },
		`distill: targets is "": must be one of ["centering" "sinkhorn"]`: func(c *Config) { c.Targets = "" },
		`distill: center_rule is "zeros": must be one of ["seed" "official"]`: func(c *Config) {
			c.CenterRule = "zeros"
		},
		`distill: precision is "float16": must be one of ["float32" "bfloat16"]`: func(c *Config) {
			c.Precision = "float16"
		},
		"distill: vit.embed_dim is 8: must be a multiple of vit.num_heads (3)": func(c *Config) {
			c.ViT.NumHeads = 3
		},
		`vit: unknown encoder "resnet50"`: func(c *Config) {
			c.ViT,
				c.Encoder = vit.Config{}, "resnet50"
		},
		`distill: encoder is "custom": describe the network with vit.embed_dim`: func(c *Config) {
			c.ViT = vit.Config{}
		},
	} {
		c := tiny()
		change(&c)
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for name, change := range map[string]func(*Config){
		"tiny":                        func(*Config) {},
		"momenta at their bounds":     func(c *Config) { c.CenterMomentum, c.EMADecayStart, c.EMADecayEnd = 0, 0, 1 },
		"no warm-up":                  func(c *Config) { c.WarmupEpochsTemperatureTeacher = 0 },
		"a backbone needs no encoder": func(c *Config) { c.ViT, c.Encoder, c.Backbone = vit.Config{}, "", flat{} },
	} {
		c := tiny()
		change(&c)
		if _, err := New(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptimizerValidate(t *testing.T) {
	for want, change := range map[string]func(*Optimizer){
		`distill: optimizer.decay is "none": must be "all" or "matrices"`: func(o *Optimizer) {
			o.Decay = "none"
		},
		`distill: optimizer.clip is "": must be "none", "per_tensor" or "global"`: func(o *Optimizer) {
			o.Clip = ""
		},
		`distill: optimizer.clip_norm is 0: must be positive, or set optimizer.clip to "none"`: func(o *Optimizer) {
			o.ClipNorm = 0
		},
		"distill: optimizer.adamw.beta1 is 1: must be in [0, 1)": func(o *Optimizer) {
			o.AdamW.Beta1 = 1
		},
		`distill: optimizer.kind is "sgd": must be one of ["adamw" "lars" "muon"]`: func(o *Optimizer) {
			o.Kind = "sgd"
		},
		"distill: optimizer.lars.momentum is 1: must be in [0, 1)": func(o *Optimizer) {
			o.LARS.Momentum = 1 // also where another kind is used
		},
		"distill: optimizer.lars.momentum is 2: must be in [0, 1)": func(o *Optimizer) {
			o.Kind, o.LARS = OptimizerLARS, optim.LARS{Momentum: 2}
		},
		"distill: optimizer.muon.iterations is 0: must be between 1 and 20; 5 is usual": func(o *Optimizer) {
			o.Kind, o.Muon = OptimizerMuon, optim.Muon{}
		},
	} {
		o := DefaultOptimizer()
		change(&o)
		if err := o.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	want := Optimizer{
		Kind: "adamw", LARS: optim.DefaultLARS(), Muon: optim.DefaultMuon(),
		AdamW: optim.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, Decay: "matrices", Clip: "per_tensor",
		ClipNorm: 3,
	}
	if got := DefaultOptimizer(); got != want || got.Validate() != nil {
		t.Errorf("the default is %+v (%v), want %+v", got, got.Validate(), want)
	}
	unclipped := Optimizer{AdamW: want.AdamW, Decay: optim.DecayAll, Clip: ClipNone}
	if err := unclipped.Validate(); err != nil {
		t.Errorf("without clipping the norm is not used, but: %v", err)
	}
}
