package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/schedule"
	"github.com/dino-go/dino/weights/layout"
)

// trainedRun is the configuration of a run, and weights of it: those of a checkpoint, with the
// head.
func trainedRun(t *testing.T) (Config, *layout.Description) {
	t.Helper()
	run := mustLoad(t, Sources{
		Preset: Paper, Set: []string{
			"model.encoder=vit_tiny_patch16_224", "model.n_prototypes=128", "model.temperature_teacher=0.07",
			"model.warmup_epochs_temperature_teacher=20", "augment.local_crops.number=4", "augment.flip=0.25",
			"train.epochs=20", "train.batch_size=16", "train.optimizer.kind=muon", "model.koleo_weight=0.1",
			"train.schedule.lr.base=0.002", "train.schedule.lr.scale_by_batch=false", "knn.k=7",
			"train.schedule.weight_decay.start=0.05", "model.vit.drop_path=0.2", "model.precision=bfloat16",
		},
	})
	text, err := run.YAML()
	if err != nil {
		t.Fatal(err)
	}
	head := run.Model.Projection()
	return run, &layout.Description{
		Layout: layout.DINO, Network: run.Model.ViT, RunConfig: write(t, string(text)), Head: &head,
		Preprocessing: layout.ForCrop(224, run.Augment.Mean, run.Augment.Std),
	}
}

// The auto preset goes on from a run with what that run trained with, and with a schedule that
// changes little.
func TestContinuedRunTakesTheRecipe(t *testing.T) {
	run, w := trainedRun(t)
	c, err := Load(Sources{Weights: w}, small)
	if err != nil {
		t.Fatal(err)
	}
	want := run
	want.Preset, want.Train.Epochs, want.Train.Time = Auto, c.Train.Epochs, c.Train.Time
	want.KNN.EveryEpochs = c.KNN.EveryEpochs
	want.Model.Encoder, want.Model.ViT.InitStd = distill.EncoderCustom, c.Model.ViT.InitStd
	want.Model.EMADecayStart, want.Model.EMADecayEnd = 0.999, 1
	want.Model.TemperatureTeacherWarmup, want.Model.WarmupEpochsTemperatureTeacher = want.Model.TemperatureTeacher, 0
	want.Train.Schedule = schedule.Config{
		LearningRate: schedule.LearningRate{Kind: schedule.KindCosine, Base: 0.0002, Warmup: percent(5)},
		WeightDecay:  schedule.WeightDecay{Kind: schedule.KindConstant, Start: 0.05},
		MomentumPer:  schedule.PerStep, TeacherTempKind: schedule.KindOfficial,
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	plan, err := c.Plan(small.Images)
	if err != nil {
		t.Fatal(err)
	}
	if v := plan.At(0); v.TeacherTemp != 0.07 || v.Momentum != 0.999 || v.FreezeLastLayer || v.LR > 2e-5 {
		t.Errorf("the first step has %+v", v)
	}
	if v := plan.At(c.Train.Epochs*c.StepsPerEpoch(small.Images) - 1); v.LR > 1e-6 {
		t.Errorf("the last step has the rate %v", v.LR)
	}
}

// A run that ended within its warm-up of the temperature is gone on with at the temperature that it
// had reached.
func TestContinuedTemperature(t *testing.T) {
	run, w := trainedRun(t)
	run.Train.Epochs, run.Train.Schedule.TeacherTempKind = 5, schedule.KindSeed
	text, err := run.YAML()
	if err != nil {
		t.Fatal(err)
	}
	w.RunConfig = write(t, string(text))
	c, err := Load(Sources{Weights: w}, small)
	if want := 0.04 + 4./20*0.03; err != nil || c.Model.TemperatureTeacher != want {
		t.Errorf("temperature %v, want %v (%v)", c.Model.TemperatureTeacher, want, err)
	}
}

// What was set stays as it was set, and the other presets are what they are.
func TestContinuedRunLeavesWhatIsSet(t *testing.T) {
	_, w := trainedRun(t)
	set := []string{
		"train.schedule.lr.base=0.01", "model.ema_decay_start=0.99", "augment.flip=0.5", "train.batch_size=8",
		"train.schedule.lr.warmup=10%", "model.temperature_teacher=0.03",
	}
	c, err := Load(Sources{Weights: w, Set: set}, small)
	if err != nil || c.Train.Schedule.LearningRate.Base != 0.01 || c.Model.EMADecayStart != 0.99 ||
		c.Augment.Flip != 0.5 || c.Train.BatchSize != 8 || c.Train.Schedule.LearningRate.Warmup != percent(10) ||
		c.Model.TemperatureTeacher != 0.03 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, r := range ContinuedReasons(c, *w, small) {
		if asSet := strings.HasPrefix(r.Why, "as set; the preset would take "); asSet == (r.Option == "recipe") {
			t.Errorf("%s %v: %s", r.Option, r.Value, r.Why)
		}
	}
	paper, err := Load(Sources{Preset: Paper, Weights: w}, small)
	if err != nil || paper.Train.Schedule.LearningRate.Base != 5e-4 || paper.Train.BatchSize != 64 ||
		ContinuedReasons(paper, *w, small) != nil {
		t.Errorf("preset paper: %+v, %v", paper.Train, err)
	}
}

// Weights of no run have the recipe for the images; so have those whose run's configuration cannot
// be read, which the reasons say. More images than there are make no batch.
func TestContinuedWithoutRecipe(t *testing.T) {
	_, w := trainedRun(t)
	few := small
	few.Images = 12
	if c, err := Load(Sources{Weights: w}, few); err != nil || c.Train.BatchSize > 12 {
		t.Errorf("a batch of %d of 12 images (%v)", c.Train.BatchSize, err)
	}
	for config, want := range map[string]string{
		"": "the weights are of no run", write(t, "model: 1\n"): "the run's cannot be read (config: ",
	} {
		w.RunConfig = config
		c, err := Load(Sources{Weights: w}, small)
		if err != nil {
			t.Fatal(err)
		}
		rate := autoRate(c.Model.ViT.EmbedDim) * continuedRate
		if c.Train.Schedule.LearningRate.Base != rate || c.Augment.Flip != 0.5 {
			t.Errorf("%q: rate %v, want %v", config, c.Train.Schedule.LearningRate.Base, rate)
		}
		reasons := ContinuedReasons(c, *w, small)
		if len(reasons) != 5 || !strings.Contains(reasons[0].Why, want) || strings.HasPrefix(reasons[1].Why, "as set") {
			t.Errorf("%q: %v", config, reasons)
		}
	}
}
