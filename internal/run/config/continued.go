package config

import (
	"fmt"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/schedule"
	"github.com/dino-go/dino/weights/layout"
)

// Weights that were trained already are changed slowly: what a large step destroys takes longer to
// come back than what a small one takes to learn. The learning rate of a continued run is a tenth
// of that of a new one, rises within a twentieth of the run, and ends at 0, as the rate did with
// which the weights were trained. The teacher follows the student over the last thousand steps, and
// stands still in the end, so that no single epoch moves it.
const (
	continuedRate   = 0.1
	continuedWarmup = 5 // % of the run
	continuedDecay  = 0.999
)

// continued gives the auto preset the recipe of the run that the weights are of, where that is
// there, and the schedule of a run that goes on from trained weights. It returns what it chose.
func (c *Config) continued(w layout.Description, facts Facts) []Reason {
	sized := network{embedDim: c.Model.ViT.EmbedDim, depth: c.Model.ViT.Depth}
	network, trained := c.Model.ViT, "an earlier run of this size"
	c.autoSmallData(facts.Images)
	c.autoWidth(network.EmbedDim)
	base, recipe := c.Train.Schedule.LearningRate, "that for the images, for the weights are of no run"
	if run, err := Read(w.RunConfig); w.RunConfig != "" && err == nil {
		c.takeRecipe(run, facts.Images)
		network.DropPath = run.Model.ViT.DropPath
		base, recipe = run.Train.Schedule.LearningRate, "that of the run that the weights are of"
		trained = "that run"
	} else if w.RunConfig != "" {
		recipe = fmt.Sprintf("that for the images, for the run's cannot be read (%v)", err)
	}
	c.Model.Encoder, c.Model.ViT = distill.EncoderCustom, network
	c.autoEpochs(sized, facts)
	s := &c.Train.Schedule
	s.LearningRate = schedule.LearningRate{
		Kind: schedule.KindCosine, Base: base.Base * continuedRate, ScaleByBatch: base.ScaleByBatch,
		Warmup: percent(continuedWarmup),
	}
	s.MomentumPer, s.TeacherTempKind = schedule.PerStep, schedule.KindOfficial
	c.Model.EMADecayStart, c.Model.EMADecayEnd = continuedDecay, 1
	reasons := []Reason{
		{"recipe", "augment, model, train.optimizer", recipe},
		{
			"train.schedule.lr.base", s.LearningRate.Base,
			fmt.Sprintf("a tenth of the rate of %s: a larger one loses what is learned", trained),
		},
		{
			"train.schedule.lr.warmup", s.LearningRate.Warmup,
			"the rate with which the weights were trained ended near 0",
		},
		{
			"model.ema_decay_start", c.Model.EMADecayStart,
			"the teacher is good already: it follows the student over a thousand steps, and at the end not at all",
		},
	}
	if w.Head != nil { // its prototypes and targets are those that the weights were trained with
		c.Model.TemperatureTeacherWarmup, c.Model.WarmupEpochsTemperatureTeacher = c.Model.TemperatureTeacher, 0
		s.FreezeLastLayer = schedule.Length{}
		reasons = append(reasons, Reason{
			"model.temperature_teacher", c.Model.TemperatureTeacher, "where the warm-up ended, from the first step",
		})
	}
	return reasons
}

// takeRecipe takes what a run trained with, but for its network, its length and its schedule: how
// images are cut and coloured, targets, head, optimizer, batch, and how the teacher is scored.
func (c *Config) takeRecipe(run Config, images int) {
	last := distill.Model{Config: run.Method()}
	c.Augment, c.Model, c.KNN = run.Augment, run.Model, run.KNN
	c.Model.TemperatureTeacher = last.TeacherTemperature(max(run.Train.Epochs, 1) - 1) // its warm-up may not be over
	c.Model.AllowConstantTeacher = false
	c.Train.Optimizer = run.Train.Optimizer
	if run.Train.BatchSize <= images {
		c.Train.BatchSize, c.Train.Accumulate = run.Train.BatchSize, run.Train.Accumulate
	}
	c.Train.Schedule.WeightDecay = schedule.WeightDecay{
		Kind: schedule.KindConstant, Start: run.Train.Schedule.WeightDecay.Start,
	}
}

// ContinuedReasons explain what the auto preset chose for weights to start from; nil for another
// preset. An option that was set otherwise has its value.
func ContinuedReasons(c Config, w layout.Description, f Facts) []Reason {
	if c.Preset != Auto {
		return nil
	}
	chosen := c
	all := chosen.continued(w, f)
	for i, own := range map[string]any{
		"train.schedule.lr.base":   c.Train.Schedule.LearningRate.Base,
		"train.schedule.lr.warmup": c.Train.Schedule.LearningRate.Warmup,
		"model.ema_decay_start":    c.Model.EMADecayStart, "model.temperature_teacher": c.Model.TemperatureTeacher,
	} {
		for j := range all {
			if all[j].Option == i && all[j].Value != own {
				all[j].Why = fmt.Sprintf("as set; the preset would take %v: %s", all[j].Value, all[j].Why)
				all[j].Value = own
			}
		}
	}
	return all
}
