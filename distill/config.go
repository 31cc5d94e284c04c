package distill

import (
	"math"
	"slices"

	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"
)

// EncoderCustom as [Config].Encoder says that [Config].ViT describes the network by hand.
const EncoderCustom = "custom"

// Teacher target rules of [Config].
const (
	TargetsCentering = "centering" // softmax of the centered logits
	TargetsSinkhorn  = "sinkhorn"  // Sinkhorn-Knopp over the batch; there is no center
)

// Precisions of [Config].
const (
	Float32  = precision.Float32
	BFloat16 = precision.BFloat16 // compute in bfloat16; parameters, loss, center and moments stay float32
)

// Config has every parameter of the seed class under its name, with [DefaultConfig] as its
// defaults, and the options of the official code that the seed leaves out.
type Config struct {
	Encoder  string     `yaml:"encoder"` // a name of [vit.Variant], or "custom"
	ViT      vit.Config `yaml:"vit"`     // the resolved network; zero takes the one that Encoder names
	Backbone Backbone   `yaml:"-"`       // any other network, in place of Encoder

	ProjectorHiddenDim     int `yaml:"projector_hidden_dim"`
	ProjectorBottleneckDim int `yaml:"projector_bottleneck_dim"`
	NPrototypes            int `yaml:"n_prototypes"` // K, the width of the logits

	TemperatureStudent             float64 `yaml:"temperature_student"`
	TemperatureTeacherWarmup       float64 `yaml:"temperature_teacher_warmup"` // at the start
	TemperatureTeacher             float64 `yaml:"temperature_teacher"`        // after the warm-up
	WarmupEpochsTemperatureTeacher int     `yaml:"warmup_epochs_temperature_teacher"`
	// [schedule.KindSeed], which empty stands for, or [schedule.KindOfficial]; a run's file has it
	// with its schedule
	TemperatureTeacherKind string  `yaml:"-"`
	CenterMomentum         float64 `yaml:"center_momentum"`
	EMADecayStart          float64 `yaml:"ema_decay_start"`
	EMADecayEnd            float64 `yaml:"ema_decay_end"`
	// AllowConstantTeacher says that a coefficient of 0 or 1 in every step is meant: a teacher that
	// equals the student or never changes. The method computes it either way; `dino pretrain`
	// refuses it otherwise.
	AllowConstantTeacher bool `yaml:"allow_constant_teacher"`

	Head          string `yaml:"head"`            // seed or official
	HeadLayers    int    `yaml:"head_layers"`     // official: linear layers of the MLP
	HeadBatchNorm bool   `yaml:"head_batch_norm"` // official: batch norm in the MLP
	NormLastLayer bool   `yaml:"norm_last_layer"` // official: hold the norms of the prototypes at 1

	Targets            string `yaml:"targets"`             // centering or sinkhorn
	SinkhornIterations int    `yaml:"sinkhorn_iterations"` // sinkhorn: rounds of normalisation
	CenterRule         string `yaml:"center_rule"`         // seed or official
	// weight of [KoLeo] on the student's class tokens of the global views; 0 leaves it out. DINOv2
	// has 0.1.
	KoLeoWeight float64 `yaml:"koleo_weight"`
	EMABuffers  bool    `yaml:"ema_buffers"` // the teacher follows running statistics too
	Precision   string  `yaml:"precision"`   // float32 or bfloat16
}

// DefaultConfig returns the seed class's defaults.
func DefaultConfig() Config {
	return Config{
		Encoder:            "vit_small_patch16_224",
		ProjectorHiddenDim: 2048, ProjectorBottleneckDim: 256, NPrototypes: 65536,
		TemperatureStudent: 0.1, TemperatureTeacherWarmup: 0.04, TemperatureTeacher: 0.07,
		WarmupEpochsTemperatureTeacher: 30,
		CenterMomentum:                 center.DefaultMomentum, EMADecayStart: 0.996, EMADecayEnd: 1,
		Head: HeadSeed, HeadLayers: 3, NormLastLayer: true,
		Targets: TargetsCentering, SinkhornIterations: 3, CenterRule: CenterSeed, EMABuffers: true, Precision: Float32,
	}
}

// Resolve fills ViT from Encoder where it is zero.
func (c Config) Resolve() (Config, error) {
	if c.Backbone != nil || c.ViT != (vit.Config{}) {
		return c, nil
	}
	if c.Encoder == EncoderCustom {
		return c, option.Errorf("distill", "encoder", "is %q: describe the network with %s, %s, %s, %s and %s",
			EncoderCustom, option.Name("vit.embed_dim"), option.Name("vit.depth"), option.Name("vit.num_heads"),
			option.Name("vit.patch_size"), option.Name("vit.image_size"))
	}
	var err error
	c.ViT, err = vit.Variant(c.Encoder)
	return c, err
}

// Network describes the backbone that the configuration names; nil where [Config].Backbone is set,
// which describes itself or not at all.
func (c Config) Network() nets.Config {
	if c.Backbone != nil || c.ViT == (vit.Config{}) {
		return nil
	}
	return c.ViT
}

// mostSinkhornIterations bounds what a step takes: every iteration is written out in its graph.
const mostSinkhornIterations = 100

// Validate reports the first option that cannot work, and what to do about it.
func (c Config) Validate() error {
	if c.Backbone == nil {
		if err := c.ViT.Validate(); err != nil {
			return option.Within("distill", "vit", err)
		}
	}
	for _, f := range []struct {
		name  option.Name
		value int
	}{
		{"projector_hidden_dim", c.ProjectorHiddenDim},
		{"projector_bottleneck_dim", c.ProjectorBottleneckDim},
		{"head_layers", c.HeadLayers},
		{"sinkhorn_iterations", c.SinkhornIterations},
	} {
		if f.value < 1 {
			return option.Errorf("distill", f.name, "is %d: must be at least 1", f.value)
		}
	}
	if c.SinkhornIterations > mostSinkhornIterations {
		return option.Errorf("distill", "sinkhorn_iterations", "is %d: must be at most %d; 3 is usual, and each is a "+
			"part of the graph", c.SinkhornIterations, mostSinkhornIterations)
	}
	if c.NPrototypes < 2 {
		return option.Errorf("distill", "n_prototypes", "is %d: must be at least 2, or every target is the same",
			c.NPrototypes)
	}
	for _, f := range []struct {
		name  option.Name
		value float64
	}{
		{"temperature_student", c.TemperatureStudent},
		{"temperature_teacher_warmup", c.TemperatureTeacherWarmup},
		{"temperature_teacher", c.TemperatureTeacher},
	} {
		if !(f.value > 0) {
			return option.Errorf("distill", f.name, "is %g: must be positive", f.value)
		}
	}
	for _, f := range []struct {
		name  option.Name
		value float64
	}{{"center_momentum", c.CenterMomentum}, {"ema_decay_start", c.EMADecayStart}, {"ema_decay_end", c.EMADecayEnd}} {
		if !(f.value >= 0 && f.value <= 1) {
			return option.Errorf("distill", f.name, "is %g: must be in [0, 1]", f.value)
		}
	}
	if !(c.KoLeoWeight >= 0) || math.IsInf(c.KoLeoWeight, 0) {
		return option.Errorf("distill", "koleo_weight", "is %g: must be at least 0, which leaves it out, and finite; "+
			"0.1 is usual", c.KoLeoWeight)
	}
	if c.WarmupEpochsTemperatureTeacher < 0 {
		return option.Errorf("distill", "warmup_epochs_temperature_teacher", "is %d: must not be negative",
			c.WarmupEpochsTemperatureTeacher)
	}
	return c.validateNames()
}

func (c Config) validateNames() error {
	for _, f := range []struct {
		name    option.Name
		value   string
		allowed []string
	}{
		{"head", c.Head, []string{HeadSeed, HeadOfficial}},
		{"targets", c.Targets, []string{TargetsCentering, TargetsSinkhorn}},
		{"temperature_teacher_kind", c.TemperatureTeacherKind, []string{"", schedule.KindSeed, schedule.KindOfficial}},
		{"center_rule", c.CenterRule, []string{CenterSeed, CenterOfficial}},
		{"precision", c.Precision, precision.Names()},
	} {
		if !slices.Contains(f.allowed, f.value) {
			return option.Errorf("distill", f.name, "is %q: must be one of %q", f.value, f.allowed)
		}
	}
	return nil
}
