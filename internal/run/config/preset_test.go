package config

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/internal/testkit"
)

// vitSmall is timm's vit_small_patch16_224.
func vitSmall() vit.Config {
	return vit.Config{
		ImageSize: [2]int{224, 224}, PatchSize: 16, InChannels: 3, EmbedDim: 384, Depth: 12, NumHeads: 6, MLPRatio: 4,
		QKVBias: true, ClassToken: true, GlobalPool: "token", LayerNormEps: 1e-6, PosEmbed: "timm", InitStd: 0.02,
		Activation: "gelu", Norm: "auto",
	}
}

// photometric are the options of the views in which both references agree.
func photometric() augment.Config {
	return augment.Config{
		Flip:   0.5,
		Jitter: augment.JitterConfig{Probability: 0.8, Brightness: 0.4, Contrast: 0.4, Saturation: 0.2, Hue: 0.1},
		Gray:   0.2,
		Mean:   [3]float64{0.485, 0.456, 0.406},
		Std:    [3]float64{0.229, 0.224, 0.225},
	}
}

func crops(number, size int, scale [2]float64, interpolation augment.Interpolation, blur augment.BlurKind, blurred,
	solarized augment.PerView,
) augment.Crops {
	return augment.Crops{
		Number: number, Size: size, Scale: scale, Ratio: [2]float64{3. / 4, 4. / 3}, Interpolation: interpolation,
		Blur:     augment.BlurConfig{Kind: blur, Probability: blurred, Sigma: [2]float64{0.1, 2}, KernelSize: 23},
		Solarize: augment.SolarizeConfig{Probability: solarized, Threshold: 128},
	}
}

// TestPaperPreset writes out the defaults of the official main_dino.py, flag by flag.
func TestPaperPreset(t *testing.T) {
	views := photometric()
	views.GlobalCrops = crops(2, 224, [2]float64{0.4, 1}, "bicubic", "pil", augment.PerView{1, 0.1},
		augment.PerView{0, 0.2})
	views.LocalCrops = crops(8, 96, [2]float64{0.05, 0.4}, "bicubic", "pil", augment.PerView{0.5}, augment.PerView{0})
	network := vitSmall()
	network.PosEmbed, network.DropPath = "official", 0.1
	check(t, Paper, Config{
		Model: distill.Config{
			Encoder: "vit_small_patch16_224", ViT: network, // --arch vit_small --patch_size 16 --drop_path_rate 0.1
			ProjectorHiddenDim: 2048, ProjectorBottleneckDim: 256, NPrototypes: 65536, // --out_dim
			TemperatureStudent: 0.1, TemperatureTeacherWarmup: 0.04, TemperatureTeacher: 0.04,
			WarmupEpochsTemperatureTeacher: 0,
			CenterMomentum:                 0.9, EMADecayStart: 0.996, EMADecayEnd: 1, // --momentum_teacher
			// --use_bn_in_head --norm_last_layer
			Head: "official", HeadLayers: 3, HeadBatchNorm: false, NormLastLayer: true,
			Targets: "centering", SinkhornIterations: 3, CenterRule: "official", EMABuffers: false,
			Precision: "float32", // --use_fp16 is of CUDA
		},
		Augment: views,
		Train: Train{
			Epochs: 100, BatchSize: 64, Accumulate: 1, // --epochs --batch_size_per_gpu
			Optimizer: distill.Optimizer{
				Kind: "adamw", LARS: optim.DefaultLARS(), Muon: optim.DefaultMuon(),
				AdamW: optim.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, Decay: "matrices",
				Clip: "per_tensor", ClipNorm: 3, // --clip_grad
			},
			Schedule: schedule.Config{
				LearningRate: schedule.LearningRate{ // --lr --min_lr --warmup_epochs
					Kind: "cosine", Base: 0.0005, ScaleByBatch: true, End: 1e-6,
					Warmup: schedule.Length{Count: 10, Unit: "epochs"},
				},
				// --weight_decay --weight_decay_end
				WeightDecay: schedule.WeightDecay{Kind: "cosine", Start: 0.04, End: 0.4},
				MomentumPer: "step", TeacherTempKind: "official",
				FreezeLastLayer: schedule.Length{Count: 1, Unit: "epochs"}, // --freeze_last_layer
			},
		},
	})
}

// TestSeedPreset writes out the ImageNet-10 benchmark of stable-pretraining.
func TestSeedPreset(t *testing.T) {
	views := photometric()
	views.GlobalCrops = crops(2, 224, [2]float64{0.4, 1}, "bilinear", "kernel", augment.PerView{0.5},
		augment.PerView{0.2})
	views.LocalCrops = crops(6, 96, [2]float64{0.05, 0.4}, "bilinear", "kernel", augment.PerView{0.5},
		augment.PerView{0.2})
	check(t, Seed, Config{
		Model: distill.Config{
			Encoder: "vit_small_patch16_224", ViT: vitSmall(),
			ProjectorHiddenDim: 2048, ProjectorBottleneckDim: 256, NPrototypes: 65536,
			TemperatureStudent: 0.1, TemperatureTeacherWarmup: 0.04, TemperatureTeacher: 0.07,
			WarmupEpochsTemperatureTeacher: 10,
			CenterMomentum:                 0.9, EMADecayStart: 0.996, EMADecayEnd: 1,
			// the last three are the official head's
			Head: "seed", HeadLayers: 3, HeadBatchNorm: false, NormLastLayer: true,
			Targets: "centering", SinkhornIterations: 3, CenterRule: "seed", EMABuffers: true,
			Precision: "float32",
		},
		Augment: views,
		Train: Train{
			Epochs: 200, BatchSize: 128, Accumulate: 1,
			Optimizer: distill.Optimizer{
				Kind: "adamw", LARS: optim.DefaultLARS(), Muon: optim.DefaultMuon(),
				AdamW: optim.AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8}, Decay: "all",
				Clip: "none",
			},
			Schedule: schedule.Config{
				LearningRate: schedule.LearningRate{
					Kind: "warmup_cosine_seed", Base: 5e-4, StartFactor: 0.01,
					Warmup: schedule.Length{Count: 1, Unit: "%"},
				},
				WeightDecay: schedule.WeightDecay{Kind: "constant", Start: 0.05},
				MomentumPer: "epoch", TeacherTempKind: "seed",
			},
		},
	})
}

// check compares a preset's model, views and training with want, and the rest with what all presets
// share.
func check(t *testing.T, name string, want Config) {
	t.Helper()
	want.Backend = "auto"
	want.Data = Data{
		Prefetch: 3, CacheMB: 1024, MaxBadShare: 0.05, MaxPixels: 178956970, Range: stored.Choice{Word: "auto"},
		Normalization: "given", Pages: "first", DecodeMB: 1024,
	}
	want.Checkpoint = Checkpoint{EverySteps: 500, EveryMinutes: 10, Keep: 2}
	want.KNN = KNN{EveryEpochs: 1, K: 20, Temperature: 0.07, HoldOut: 0.1, MaxQueries: 2000, MaxBank: 20000}
	want.Pictures = Pictures{Images: 8}
	got, err := Preset(name, Facts{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-reference +preset:\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

// The golden numbers of the official schedule: 100 epochs of 2,502 steps at a batch of 512, whose
// peak is 1e-3.
func TestPaperPlan(t *testing.T) {
	c := paper()
	c.Train.BatchSize = 512
	p, err := c.Plan(2502 * 512)
	if err != nil {
		t.Fatal(err)
	}
	near := func(name string, step int, got, want, tolerance float64) {
		if math.Abs(got-want) > tolerance {
			t.Errorf("step %d: %s is %v, want %v", step, name, got, want)
		}
	}
	for step, want := range map[int]float64{
		0: 0, 1: 3.99696e-8, 2502: 1.00004e-4, 25019: 1e-3, 25020: 1e-3,
		125100: 5.87237265e-4, 250199: 1.00000005e-6,
	} {
		near("learning rate", step, p.At(step).LR, want, 1e-9)
	}
	for step, want := range map[int][2]float64{
		0: {0.04, 0.996}, 2502: {0.04008882, 0.99600099}, 125100: {0.22, 0.998},
		250199: {0.4, 1},
	} {
		near("weight decay", step, p.At(step).WeightDecay, want[0], 1e-8)
		near("momentum", step, p.At(step).Momentum, want[1], 1e-8)
	}
	for step, frozen := range map[int]bool{0: true, 2501: true, 2502: false} {
		if v := p.At(step); v.FreezeLastLayer != frozen || v.TeacherTemp != 0.04 {
			t.Errorf("step %d: %+v, want the last layer frozen %v and a teacher temperature of 0.04", step, v, frozen)
		}
	}
}

// The seed's temperature rises once an epoch and is there at epoch 10; its momentum follows the
// epochs too.
func TestSeedPlan(t *testing.T) {
	c := seed()
	const stepsPerEpoch = 73
	p, err := c.Plan(9469)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.StepsPerEpoch(9469); n != stepsPerEpoch {
		t.Fatalf("%d steps an epoch, want %d", n, stepsPerEpoch)
	}
	for epoch, want := range map[int]float64{0: 0.04, 1: 0.043, 9: 0.067, 10: 0.07, 199: 0.07} {
		for _, step := range []int{epoch * stepsPerEpoch, (epoch+1)*stepsPerEpoch - 1} {
			if got := p.At(step).TeacherTemp; math.Abs(got-want) > 1e-12 {
				t.Errorf("step %d: teacher temperature %v, want %v", step, got, want)
			}
		}
	}
	for epoch, want := range map[int]float64{0: 0.996, 1: 0.996000247, 50: 0.996585786, 100: 0.998, 199: 0.999999753} {
		// It is a float32 in the reference.
		if got := p.At(epoch*stepsPerEpoch + 5).Momentum; math.Abs(got-want) > 1e-7 {
			t.Errorf("epoch %d: momentum %v, want %v", epoch, got, want)
		}
	}
	if v := p.At(0); v.FreezeLastLayer || v.WeightDecay != 0.05 {
		t.Errorf("first step: %+v, want nothing frozen and a weight decay of 0.05", v)
	}
}

func TestUnknownPreset(t *testing.T) {
	_, err := Load(Sources{Preset: "fast"}, small)
	testkit.RequireError(t, err, `config: preset is "fast": must be "auto", "seed" or "paper"`)
}
