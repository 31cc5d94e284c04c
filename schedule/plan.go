package schedule

import "fmt"

// Run is the size of a training run.
type Run struct {
	Epochs        int
	StepsPerEpoch int // optimizer steps, however many batches each accumulates
	Batch         int // images an optimizer step, over all accumulated batches
}

// Steps returns the number of optimizer steps of the run.
func (r Run) Steps() int { return r.Epochs * r.StepsPerEpoch }

// Plan is a Config resolved for a run.
type Plan struct {
	run         Run
	lr          Schedule
	weightDecay Schedule
	momentum    track
	teacherTemp track
	frozen      int // steps with a frozen last layer
}

// track is a schedule with the unit of its index.
type track struct {
	Schedule
	perEpoch bool
}

// New validates a Config and resolves it for a run.
func New(c Config, run Run) (*Plan, error) {
	if err := c.Validate(run); err != nil {
		return nil, err
	}
	return &Plan{
		run:         run,
		lr:          c.LearningRate.schedule(run),
		weightDecay: c.WeightDecay.schedule(run),
		momentum:    c.Momentum.track(c.MomentumPer, run),
		teacherTemp: c.TeacherTemp.track(c.TeacherTempKind, run),
		frozen:      c.FreezeLastLayer.In(run),
	}, nil
}

// Unfrozen returns the number of the first steps in which the last layer is not frozen.
func (p *Plan) Unfrozen(steps int) int { return max(0, steps-p.frozen) }

// At returns the values of a step, counted from 0. It panics outside the run.
func (p *Plan) At(step int) Values {
	if step < 0 || step >= p.run.Steps() {
		panic(fmt.Sprintf("schedule: step %d is outside a run of %d steps", step, p.run.Steps()))
	}
	return Values{
		LR:              p.lr.At(step),
		WeightDecay:     p.weightDecay.At(step),
		Momentum:        p.momentum.at(step, p.run),
		TeacherTemp:     p.teacherTemp.at(step, p.run),
		FreezeLastLayer: step < p.frozen,
	}
}

func (t track) at(step int, run Run) float64 {
	if t.perEpoch {
		return t.At(step / run.StepsPerEpoch)
	}
	return t.At(step)
}

func (l LearningRate) schedule(run Run) Schedule {
	peak, warmup := l.peak(run), l.Warmup.In(run)
	switch l.Kind {
	case KindConstant:
		return Constant(peak)
	case KindWarmupCosineSeed:
		return WarmupCosine{
			Base: peak, StartFactor: l.StartFactor, End: l.End, Peak: max(1, warmup),
			Total: run.Steps(),
		}
	}
	return Cosine{Start: l.StartFactor * peak, Base: peak, Final: l.End, Warmup: warmup, Total: run.Steps()}
}

// ReferenceBatch is the batch that a scaled learning rate is stated for.
const ReferenceBatch = 256

// peak returns the learning rate after the warm-up.
func (l LearningRate) peak(run Run) float64 {
	if l.ScaleByBatch {
		return l.Base * float64(run.Batch) / ReferenceBatch
	}
	return l.Base
}

func (w WeightDecay) schedule(run Run) Schedule {
	if w.Kind == KindConstant {
		return Constant(w.Start)
	}
	return Cosine{Base: w.Start, Final: w.End, Total: run.Steps()}
}

func (m Momentum) track(per string, run Run) track {
	if per == PerEpoch {
		return track{EMACosine{Base: m.Start, Final: m.End, Epochs: run.Epochs}, true}
	}
	return track{Cosine{Base: m.Start, Final: m.End, Total: run.Steps()}, false}
}

func (t TeacherTemp) track(kind string, run Run) track {
	warmup := t.Warmup.In(run)
	if t.perEpoch() {
		warmup = int(t.Warmup.Count)
	}
	if kind == KindSeed {
		return track{TemperatureSeed{t.Start, t.Final, warmup}, t.perEpoch()}
	}
	return track{TemperatureOfficial{t.Start, t.Final, warmup}, t.perEpoch()}
}

func (t TeacherTemp) perEpoch() bool { return t.Warmup.Unit == Epochs }
