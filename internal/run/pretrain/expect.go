package pretrain

import (
	"time"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
)

// expect estimates how long takes what a run does beside its steps, by how long the computation of
// a step takes. s is nil where nothing is scored: then the features are looked at in the end.
func (in *inputs) expect(s *scoring, step time.Duration) trainer.Expected {
	decode := in.data.decoding.seconds()
	image := step.Seconds()/float64(in.config.Train.BatchSize)*forwardShare(in.config) + decode
	seconds := func(images int, each float64) time.Duration {
		return time.Duration(each * float64(images) * float64(time.Second))
	}
	if s == nil {
		return trainer.Expected{End: seconds(2*min(len(in.data.train), rankImages), image)}
	}
	if s.perImage > 0 {
		image = s.perImage
	}
	sample := min(len(s.bank), baselineBank) + min(len(in.data.held), baselineQueries)
	return trainer.Expected{
		Score: seconds(len(s.bank)+len(in.data.held), image), Baselines: seconds(sample, image+decode),
	}
}

// forwardShare is the part of a step's computation that a pass of the teacher over one global crop
// of each image is: the teacher sees the global crops, the student all, and backward takes twice as
// long as forward.
func forwardShare(c config.Config) float64 {
	pixels := func(number, size int) float64 { return float64(number) * float64(size) * float64(size) }
	crops := c.Augment
	global := pixels(crops.GlobalCrops.Number, crops.GlobalCrops.Size)
	local := pixels(crops.LocalCrops.Number, crops.LocalCrops.Size)
	return pixels(1, crops.GlobalCrops.Size) / (global + 3*(global+local))
}

// now is the time by the clock of the run.
func (in *inputs) now() time.Time {
	if in.clock == nil {
		return time.Now()
	}
	return in.clock()
}
