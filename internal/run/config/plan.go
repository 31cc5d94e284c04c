package config

import (
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/schedule"
)

// Method is the configuration of the model, with how the schedule lets the teacher's temperature
// rise.
func (c Config) Method() distill.Config {
	m := c.Model
	m.TemperatureTeacherKind = c.Train.Schedule.TeacherTempKind
	return m
}

// Plan resolves the schedules of a run over the given number of training images.
func (c Config) Plan(images int) (*schedule.Plan, error) {
	warmup := c.Model.WarmupEpochsTemperatureTeacher
	if kind := option.Name("train.schedule.teacher_temp_kind"); warmup > c.Train.Epochs &&
		c.Train.Schedule.TeacherTempKind == schedule.KindOfficial {
		return nil, invalid("model.warmup_epochs_temperature_teacher",
			"is %d: longer than the run; at most %s (%d), or set %s to %s, whose warm-up may last longer", warmup,
			option.Name("train.epochs"), c.Train.Epochs, kind,
			schedule.KindSeed)
	}
	run := schedule.Run{Epochs: c.Train.Epochs, StepsPerEpoch: c.StepsPerEpoch(images), Batch: c.Train.BatchSize}
	if run.StepsPerEpoch < 1 {
		return nil, invalid("train.batch_size", "is %d: must be at most the number of images to train on, %d",
			run.Batch, images)
	}
	s := c.Train.Schedule
	s.Momentum = schedule.Momentum{Start: c.Model.EMADecayStart, End: c.Model.EMADecayEnd}
	s.TeacherTemp = schedule.TeacherTemp{
		Start: c.Model.TemperatureTeacherWarmup, Final: c.Model.TemperatureTeacher,
		Warmup: epochs(float64(warmup)),
	}
	plan, err := schedule.New(s, run)
	if err != nil {
		return nil, option.Rename("config", err, scheduled)
	}
	return plan, c.checkTeacher(plan, run)
}

// scheduled is the path of an option of [schedule.Config] or [schedule.Run].
func scheduled(name option.Name) option.Name {
	if path, ok := elsewhere[name]; ok {
		return path
	}
	return "train.schedule." + name
}

// elsewhere are the options of a schedule that stand with the model or the run.
var elsewhere = map[option.Name]option.Name{
	"momentum.start":      "model.ema_decay_start",
	"momentum.end":        "model.ema_decay_end",
	"teacher_temp.start":  "model.temperature_teacher_warmup",
	"teacher_temp.final":  "model.temperature_teacher",
	"teacher_temp.warmup": "model.warmup_epochs_temperature_teacher",
	"epochs":              "train.epochs",
	"batch_size":          "train.batch_size",
}

// checkTeacher refuses a run whose teacher either never changes or always equals the student: with
// a coefficient of 1 or 0 in every step. Neither learns by distillation, and neither fails. What
// counts is the number that the step is given, in float32: 1 − 10⁻⁹ is 1 there.
func (c Config) checkTeacher(plan *schedule.Plan, run schedule.Run) error {
	if c.Model.AllowConstantTeacher {
		return nil
	}
	last := run.Steps() - 1
	for _, step := range []int{0, last / 2, last} { // between them the coefficient only rises or only falls
		if m := float32(plan.At(step).Momentum); m != 0 && m != 1 {
			return nil
		}
	}
	why := "the teacher never changes"
	if float32(plan.At(0).Momentum) == 0 {
		why = "the teacher is the student of the step before"
	}
	return invalid("model.ema_decay_start",
		"is %v and %s is %v: in all %d steps of this run %s, so nothing is distilled; use 0.996 and 1, train longer, "+
			"or say with %s=true that it is meant",
		c.Model.EMADecayStart, option.Name("model.ema_decay_end"), c.Model.EMADecayEnd, run.Steps(), why,
		option.Name("model.allow_constant_teacher"))
}
