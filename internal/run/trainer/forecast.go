package trainer

import (
	"sort"
	"time"

	"github.com/dino-go/dino/observe"
)

// Expected is how long takes what is done beside the steps and was not measured yet.
type Expected struct {
	Score     time.Duration // of the teacher
	Baselines time.Duration // all of them
	End       time.Duration // what follows the last step
}

// saveSpeed is how many bytes a second of a state are written about, until that is measured.
const saveSpeed = 200e6

// tellTime says how long the run takes, once that is known, and once more whenever the steps have
// become slower or faster for good.
func (t *trainer) tellTime(done int, known bool) error {
	again := t.told > 0 && t.pace.moved(t.told)
	if !known || t.told > 0 && !again {
		return nil
	}
	before := t.told
	if again {
		t.pace.settle()
	}
	t.told = t.pace.seconds
	e := t.estimate(done)
	if again {
		e.Before = float64(t.Batch) / before
	}
	return t.Observer.Estimated(e)
}

// estimate is how long the run takes after so many steps.
func (t *trainer) estimate(done int) observe.Estimate {
	return observe.Estimate{
		Steps: t.pace.steps, ImagesPerSecond: float64(t.Batch) / max(t.pace.seconds, 1e-9), Left: t.left(done),
	}
}

// unknown is how long a run takes before enough steps are measured.
const unknown = -time.Second

// statusLeft is how long the run takes after so many steps; unknown where too little is measured.
func (t *trainer) statusLeft(done int) time.Duration {
	if done < t.last() && !t.pace.known() {
		return unknown
	}
	return t.left(done)
}

// last is the number of steps of the run.
func (t *trainer) last() int { return t.Epochs * t.StepsPerEpoch }

// left is how long the run takes after so many steps: the steps, the scores, the looks at the probe
// images, the checkpoints, what follows the last step and, if they are not there, the baselines.
func (t *trainer) left(done int) time.Duration {
	steps := t.last() - done
	if steps == 0 {
		return 0
	}
	p := t.pace
	var e Expected
	if t.Expect != nil {
		e = t.Expect(time.Duration((p.seconds - p.waiting) * float64(time.Second)))
	}
	if p.score == 0 {
		p.score = e.Score.Seconds()
	}
	if p.save == 0 {
		p.save = float64(t.Checkpoints.Bytes) / saveSpeed
	}
	if t.Measure == nil {
		e.Baselines = 0
	}
	seconds := float64(steps)*p.seconds + float64(t.scoresLeft(done))*p.score +
		float64(t.saves(steps, p.seconds))*p.save + float64(steps/max(t.ProbeEvery, 1))*p.probe
	return time.Duration(seconds*float64(time.Second)) + e.Baselines + e.End
}

// scoresLeft is how often the teacher is scored after so many steps.
func (t *trainer) scoresLeft(done int) int {
	if t.Score == nil {
		return 0
	}
	if t.ScoreEvery == 0 {
		return 1 // the last epoch is scored in any case
	}
	scores := t.Epochs/t.ScoreEvery - done/t.StepsPerEpoch/t.ScoreEvery
	if t.Epochs%t.ScoreEvery != 0 {
		scores++
	}
	return scores
}

// saves is how often the state is saved within so many steps of some seconds.
func (t *trainer) saves(steps int, seconds float64) int {
	n := steps/t.Checkpoints.Every + 1
	if interval := t.Checkpoints.Interval.Seconds(); interval > 0 {
		n = max(n, int(float64(steps)*seconds/interval))
	}
	return n
}

// fit returns the most epochs that end within a time, but at least one, and how long they take.
func (t *trainer) fit(within time.Duration) (epochs int, whole time.Duration) {
	takes := func(epochs int) time.Duration {
		t.Epochs = epochs
		return t.left(0)
	}
	epoch := time.Duration(float64(t.StepsPerEpoch) * t.pace.seconds * float64(time.Second))
	most := int(within/max(epoch, 1)) + 1
	epochs = max(1, sort.Search(most, func(more int) bool { return takes(more+1) > within }))
	return epochs, takes(epochs)
}
