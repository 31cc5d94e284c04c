package trainer

import (
	"time"

	"github.com/dino-go/dino/measure"
)

// pace measures how fast a run is: over each step, and smoothed for the estimate of the time left.
// Its first step does not count: the graphs are compiled in it, and no batch was loaded ahead.
type pace struct {
	began, last time.Time
	first       float64 // seconds of the first step; 0 before it is over
	steps       int     // that count
	seconds     float64 // smoothed duration of a step
	waiting     float64 // smoothed wait for data of a step
	waited      bool    // a step has waited for its data
	lately      lately

	score, save, probe float64 // seconds that the last of them took; 0 where there was none
	probed             bool    // the probe that compiles its graph is over
}

// smoothing is the least weight of the newest step in the smoothed durations: before there are as
// many steps as it stands for, they are means.
const smoothing = 0.05

func (p *pace) start(now time.Time) { p.began, p.last = now, now }

// resume leaves out what lay between the last step and now, such as an evaluation.
func (p *pace) resume(now time.Time) { p.last = now }

// scored takes in a score, which is no part of a step.
func (p *pace) scored(now, began time.Time) {
	p.score = now.Sub(began).Seconds()
	p.resume(now)
}

// saved takes in a checkpoint, which is no part of a step.
func (p *pace) saved(now, began time.Time) {
	p.save = now.Sub(began).Seconds()
	p.resume(now)
}

// lookedAt takes in a look at the probe images, which is no part of a step. The first does not
// count: its graph is compiled in it.
func (p *pace) lookedAt(now, began time.Time) {
	if p.probed {
		p.probe = now.Sub(began).Seconds()
	}
	p.probed = true
	p.resume(now)
}

// Steps that take batches which were loaded while the graph was compiled say nothing of a run that
// waits for its data: where one of the first so many is the first to wait for a share of its time,
// the measurement begins anew with it.
const (
	aheadSteps = 10
	aheadWait  = 0.1
)

// step takes in a step that ended now and waited for its data, and returns what the log says about
// it.
func (p *pace) step(now time.Time, waited time.Duration, images int) measure.Values {
	took := max(now.Sub(p.last).Seconds(), 1e-9)
	wait := min(waited.Seconds(), took)
	p.last = now
	if p.first == 0 {
		p.first, p.seconds, p.waiting = took, took, wait
		return speed(float64(images)/took, wait/took)
	}
	if !p.waited && wait > aheadWait*took {
		if p.waited = true; p.steps <= aheadSteps {
			p.steps = 0
		}
	}
	p.steps++
	newest := max(smoothing, 1/float64(p.steps))
	p.seconds += newest * (took - p.seconds)
	p.waiting += newest * (wait - p.waiting)
	p.lately.add(took)
	return speed(float64(images)/took, wait/took)
}

// known tells whether enough steps are measured to say how long a run takes: five, or fewer where
// they take long.
func (p *pace) known() bool {
	elapsed := p.last.Sub(p.began)
	return p.steps >= 5 || p.steps >= 2 && elapsed > 20*time.Second || p.steps >= 1 && elapsed > 40*time.Second
}

// moved tells whether steps have become so much slower or faster than the seconds that were told,
// and have kept that pace for a while, that the time of the run has to be told again.
func (p *pace) moved(told float64) bool {
	now, before := p.lately.mean, p.lately.before
	apart := func(a, b float64) float64 { return max(a/b, b/a) }
	return before > 0 && apart(now, before) < stable && apart(now, told) > moved
}

// settle takes the pace of the last steps for that of the run.
func (p *pace) settle() {
	p.waiting *= p.lately.mean / p.seconds
	p.seconds = p.lately.mean
}

// Factors between the durations of steps: of two stretches of a run with the same pace, and from
// which on the time that was told is wrong.
const (
	stable = 1.15
	moved  = 1.3
)

// lately are the durations of steps over the last two stretches of a run.
type lately struct {
	steps        int // of the stretch under way
	seconds      float64
	before, mean float64 // seconds a step of the last but one, and of the last; 0 where there is none
}

// add takes in a step. A stretch is over when it is long enough for a mean that something follows
// from.
func (l *lately) add(took float64) {
	l.steps++
	l.seconds += took
	if l.steps >= 10 && l.seconds >= 15 || l.steps >= 3 && l.seconds >= 60 {
		*l = lately{before: l.mean, mean: l.seconds / float64(l.steps)}
	}
}

// smoothed is what the status says about the last steps.
func (p *pace) smoothed(images int) measure.Values {
	seconds := max(p.seconds, 1e-9)
	return speed(float64(images)/seconds, p.waiting/seconds)
}

func speed(imagesPerSecond, dataWait float64) measure.Values {
	return measure.Values{ImagesPerSecond.Name: imagesPerSecond, DataWait.Name: dataWait}
}
