package schedule

import (
	"math"

	"github.com/dino-go/dino/internal/option"
)

// invalid is an error about an option.
func invalid(name option.Name, format string, args ...any) error {
	return option.Errorf("schedule", name, format, args...)
}

// Validate reports the first option that the run cannot have.
func (c Config) Validate(run Run) error {
	for _, check := range []func() error{
		run.validate,
		func() error { return c.LearningRate.validate(run) },
		c.WeightDecay.validate,
		func() error { return checkKind("momentum_per", c.MomentumPer, PerStep, PerEpoch) },
		c.Momentum.validate,
		func() error { return checkKind("teacher_temp_kind", c.TeacherTempKind, KindOfficial, KindSeed) },
		func() error { return c.TeacherTemp.validate(c.TeacherTempKind, run) },
		func() error { return checkCount("freeze_last_layer", c.FreezeLastLayer) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (r Run) validate() error {
	for _, o := range []struct {
		name  option.Name
		value int
	}{{"epochs", r.Epochs}, {"steps_per_epoch", r.StepsPerEpoch}, {"batch_size", r.Batch}} {
		if o.value < 1 {
			return invalid(o.name, "is %d: must be at least 1", o.value)
		}
	}
	if r.StepsPerEpoch > math.MaxInt32 || r.Epochs > math.MaxInt32 {
		return invalid("epochs", "is %d: a run of %d steps each is too long", r.Epochs, r.StepsPerEpoch)
	}
	return nil
}

func (l LearningRate) validate(run Run) error {
	if err := checkKind("lr.kind", l.Kind, KindCosine, KindWarmupCosineSeed, KindConstant); err != nil {
		return err
	}
	if !(l.Base > 0) || math.IsInf(l.Base, 0) {
		return invalid("lr.base", "is %v: must be above 0 and finite", l.Base)
	}
	if err := checkRange("lr.start_factor", l.StartFactor, 0, 1); err != nil {
		return err
	}
	if l.Kind == KindConstant {
		return l.validateConstant()
	}
	if peak := l.peak(run); !(l.End >= 0 && l.End <= peak) {
		if l.ScaleByBatch {
			return invalid("lr.end", "is %v: must be between 0 and the rate after the warm-up, %v (%s %v × "+
				"batch %d / 256)", l.End, peak, option.Name("lr.base"), l.Base, run.Batch)
		}
		return invalid("lr.end", "is %v: must be between 0 and the rate after the warm-up, %v", l.End, peak)
	}
	return checkLength("lr.warmup", l.Warmup, run)
}

func (l LearningRate) validateConstant() error {
	if l.Warmup.Count != 0 {
		return invalid("lr.warmup", "is %s: a constant rate has no warm-up; set it to 0, or %s to cosine", l.Warmup,
			option.Name("lr.kind"))
	}
	if l.End != 0 {
		return invalid("lr.end", "is %v: a constant rate has no end; set it to 0, or %s to cosine", l.End,
			option.Name("lr.kind"))
	}
	return nil
}

func (w WeightDecay) validate() error {
	if err := checkKind("weight_decay.kind", w.Kind, KindCosine, KindConstant); err != nil {
		return err
	}
	if err := checkRange("weight_decay.start", w.Start, 0, math.MaxFloat64); err != nil {
		return err
	}
	if w.Kind == KindConstant && w.End != 0 {
		return invalid("weight_decay.end", "is %v: a constant decay has no end; set it to 0, or %s to cosine", w.End,
			option.Name("weight_decay.kind"))
	}
	return checkRange("weight_decay.end", w.End, 0, math.MaxFloat64)
}

func (m Momentum) validate() error {
	if err := checkRange("momentum.start", m.Start, 0, 1); err != nil {
		return err
	}
	return checkRange("momentum.end", m.End, 0, 1)
}

// validate refuses a warm-up that is longer than the run where the official code does: its list of
// temperatures has one for each epoch. The seed's formula has no such limit, and a run may end
// before its warm-up does.
func (t TeacherTemp) validate(kind string, run Run) error {
	for _, o := range []struct {
		name  option.Name
		value float64
	}{{"teacher_temp.start", t.Start}, {"teacher_temp.final", t.Final}} {
		if !(o.value > 0) || math.IsInf(o.value, 0) {
			return invalid(o.name, "is %v: must be above 0 and finite", o.value)
		}
	}
	if t.perEpoch() && t.Warmup.Count != math.Trunc(t.Warmup.Count) {
		return invalid("teacher_temp.warmup", "is %s: must be whole epochs; for a part of one write %d steps", t.Warmup,
			t.Warmup.In(run))
	}
	if kind == KindSeed {
		return checkCount("teacher_temp.warmup", t.Warmup)
	}
	return checkLength("teacher_temp.warmup", t.Warmup, run)
}

func checkKind(name option.Name, got string, known ...string) error {
	for _, kind := range known {
		if got == kind {
			return nil
		}
	}
	return invalid(name, "is %q: must be one of %q", got, known)
}

func checkRange(name option.Name, v, low, high float64) error {
	if v >= low && v <= high {
		return nil
	}
	if high == math.MaxFloat64 {
		return invalid(name, "is %v: must be at least %v and finite", v, low)
	}
	return invalid(name, "is %v: must be between %v and %v", v, low, high)
}

// checkLength verifies that a part of the run is not longer than the run.
func checkLength(name option.Name, l Length, run Run) error {
	if err := checkCount(name, l); err != nil || l.Unit == "" {
		return err
	}
	limit := map[Unit]float64{Epochs: float64(run.Epochs), Steps: float64(run.Steps()), Percent: 100}[l.Unit]
	if l.Count > limit {
		return invalid(name, "is %s: longer than the run; at most %s", l, Length{limit, l.Unit})
	}
	return nil
}

// checkCount verifies that a length is one, be it longer than the run.
func checkCount(name option.Name, l Length) error {
	switch {
	case l.Unit == "" && l.Count == 0:
		return nil
	case l.Unit != Epochs && l.Unit != Steps && l.Unit != Percent:
		return invalid(name, "has the unit %q: must be epochs, steps or %%", l.Unit)
	case !(l.Count >= 0) || l.Unit == Steps && l.Count != math.Trunc(l.Count):
		return invalid(name, "is %s: must be a number of at least 0, and whole if of steps", l)
	}
	return nil
}
