package schedule

import (
	"fmt"
	"math"
)

// Validate reports the first option that the run cannot have.
func (c Config) Validate(run Run) error {
	for _, check := range []func() error{
		run.validate,
		func() error { return c.LearningRate.validate(run) },
		c.WeightDecay.validate,
		c.Momentum.validate,
		func() error { return c.TeacherTemp.validate(run) },
		func() error { return checkLength("freeze_last_layer", c.FreezeLastLayer, run) },
	} {
		if err := check(); err != nil {
			return fmt.Errorf("schedule: %w", err)
		}
	}
	return nil
}

func (r Run) validate() error {
	for _, option := range []struct {
		name  string
		value int
	}{{"epochs", r.Epochs}, {"steps per epoch", r.StepsPerEpoch}, {"batch size", r.Batch}} {
		if option.value < 1 {
			return fmt.Errorf("%s is %d: must be at least 1", option.name, option.value)
		}
	}
	if r.StepsPerEpoch > math.MaxInt32 || r.Epochs > math.MaxInt32 {
		return fmt.Errorf("a run of %d epochs of %d steps is too long", r.Epochs, r.StepsPerEpoch)
	}
	return nil
}

func (l LearningRate) validate(run Run) error {
	if err := checkKind("lr.kind", l.Kind, KindCosine, KindWarmupCosineSeed, KindConstant); err != nil {
		return err
	}
	if !(l.Base > 0) || math.IsInf(l.Base, 0) {
		return fmt.Errorf("lr.base is %v: must be above 0 and finite", l.Base)
	}
	if err := checkRange("lr.start_factor", l.StartFactor, 0, 1); err != nil {
		return err
	}
	if l.Kind == KindConstant {
		return l.validateConstant()
	}
	if peak := l.peak(run); !(l.End >= 0 && l.End <= peak) {
		return fmt.Errorf("lr.end is %v: must be between 0 and the rate after the warm-up, %v%s", l.End, peak, l.scaling(run))
	}
	return checkLength("lr.warmup", l.Warmup, run)
}

func (l LearningRate) validateConstant() error {
	if l.Warmup.Count != 0 {
		return fmt.Errorf("lr.warmup is %s: kind constant has no warm-up; set lr.warmup to 0, or lr.kind to cosine", l.Warmup)
	}
	if l.End != 0 {
		return fmt.Errorf("lr.end is %v: kind constant has no end; set lr.end to 0, or lr.kind to cosine", l.End)
	}
	return nil
}

// scaling explains the peak where it differs from lr.base.
func (l LearningRate) scaling(run Run) string {
	if !l.ScaleByBatch {
		return ""
	}
	return fmt.Sprintf(" (lr.base %v × batch %d / 256)", l.Base, run.Batch)
}

func (w WeightDecay) validate() error {
	if err := checkKind("weight_decay.kind", w.Kind, KindCosine, KindConstant); err != nil {
		return err
	}
	if err := checkRange("weight_decay.start", w.Start, 0, math.MaxFloat64); err != nil {
		return err
	}
	if w.Kind == KindConstant && w.End != 0 {
		return fmt.Errorf("weight_decay.end is %v: kind constant has no end; set weight_decay.end to 0, or weight_decay.kind to cosine", w.End)
	}
	return checkRange("weight_decay.end", w.End, 0, math.MaxFloat64)
}

func (m Momentum) validate() error {
	if err := checkKind("momentum.per", m.Per, PerStep, PerEpoch); err != nil {
		return err
	}
	if err := checkRange("momentum.start", m.Start, 0, 1); err != nil {
		return err
	}
	return checkRange("momentum.end", m.End, 0, 1)
}

func (t TeacherTemp) validate(run Run) error {
	if err := checkKind("teacher_temp.kind", t.Kind, KindOfficial, KindSeed); err != nil {
		return err
	}
	for _, option := range []struct {
		name  string
		value float64
	}{{"teacher_temp.start", t.Start}, {"teacher_temp.final", t.Final}} {
		if !(option.value > 0) || math.IsInf(option.value, 0) {
			return fmt.Errorf("%s is %v: must be above 0 and finite", option.name, option.value)
		}
	}
	if t.perEpoch() && t.Warmup.Count != math.Trunc(t.Warmup.Count) {
		return fmt.Errorf("teacher_temp.warmup is %s: must be whole epochs; for a part of one write %d steps", t.Warmup, t.Warmup.In(run))
	}
	return checkLength("teacher_temp.warmup", t.Warmup, run)
}

func checkKind(name, got string, known ...string) error {
	for _, kind := range known {
		if got == kind {
			return nil
		}
	}
	return fmt.Errorf("%s is %q: must be one of %q", name, got, known)
}

func checkRange(name string, v, low, high float64) error {
	if v >= low && v <= high {
		return nil
	}
	if high == math.MaxFloat64 {
		return fmt.Errorf("%s is %v: must be at least %v and finite", name, v, low)
	}
	return fmt.Errorf("%s is %v: must be between %v and %v", name, v, low, high)
}

// checkLength verifies that a part of the run is not longer than the run.
func checkLength(name string, l Length, run Run) error {
	switch {
	case l.Unit == "" && l.Count == 0:
		return nil
	case l.Unit != Epochs && l.Unit != Steps && l.Unit != Percent:
		return fmt.Errorf("%s has the unit %q: must be epochs, steps or %%", name, l.Unit)
	case !(l.Count >= 0) || l.Unit == Steps && l.Count != math.Trunc(l.Count):
		return fmt.Errorf("%s is %s: must be a number of at least 0, and whole if of steps", name, l)
	}
	limit := map[Unit]float64{Epochs: float64(run.Epochs), Steps: float64(run.Steps()), Percent: 100}[l.Unit]
	if l.Count > limit {
		return fmt.Errorf("%s is %s: longer than the run; at most %s", name, l, Length{limit, l.Unit})
	}
	return nil
}
