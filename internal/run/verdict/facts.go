package verdict

// Facts are what is known of a run before its first step. Numbers that are 0 are not known, and no
// finding follows from them.
type Facts struct {
	Images        int // trained on
	Batch         int // images a step
	MicroBatch    int // images of which a step's marginal entropy is taken
	Views         int // global views of an image, which the teacher sees
	Steps         int // of the whole run
	StepsPerEpoch int
	Prototypes    int // K
	Width         int // of the features

	TemperatureStudent float64
	TemperatureTeacher float64 // after its warm-up
	TemperatureWarmup  int     // steps in which it rises; 0 where it has its value from the start
	Centering          bool    // the targets are centered, not balanced by Sinkhorn-Knopp
	CenterMomentum     float64
	TeacherDrift       float64 // Σ(1 − momentum) over the steps of the run: how often the teacher is replaced in all
	RateWarmup         int     // steps in which the learning rate rises
	Rate               float64 // train.schedule.lr.base
	FrozenLastLayer    int     // steps in which the prototypes are frozen
	InitStd            float64 // of the first weights; 0 where the network did not start from random ones

	Probe Probe // what the images look like

	// Options are the options of the run by name, as they are written. No advice sets one to the
	// value that it has.
	Options map[string]string

	// Suggested is what the preset auto would set for the same images and network.
	Suggested Suggested
}

// Suggested are values of options that suit the images and the network.
type Suggested struct {
	Prototypes         int
	Batch              int
	Rate               float64
	InitStd            float64
	TemperatureTeacher float64
	Momentum           float64 // ema_decay_start
}

// usualRun is the number of steps of a run that is no try. What options are like is judged over so
// many steps at least: that a run is short says nothing of them.
const usualRun = 1000

// usualSteps is over how many steps the options are judged: those of the run, or of a usual one.
func (f Facts) usualSteps() int { return max(f.Steps, usualRun) }

// usualDrift is the [Facts.TeacherDrift] of so many steps with the mean momentum of the run.
func (f Facts) usualDrift() float64 {
	return f.TeacherDrift / float64(max(f.Steps, 1)) * float64(f.usualSteps())
}

// patience is how many steps in a row must show the signs of something: a quarter of an epoch, at
// least 8 steps and at most 50.
func (f Facts) patience() int { return min(max(f.StepsPerEpoch/4, 8), 50) }

// window is over how many steps measurements are averaged.
func (f Facts) window() int { return min(max(f.StepsPerEpoch/8, 4), 25) }

// targets is how many targets the mean target is of: those of all global views of the images.
func (f Facts) targets() int { return f.MicroBatch * max(f.Views, 1) }
