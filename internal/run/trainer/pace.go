package trainer

import (
	"time"

	"github.com/dino-go/dino/measure"
)

// pace measures how fast a run is: over each step, and smoothed for the estimate of the time left.
// Its first step does not count: the graphs are compiled in it, and no batch was loaded ahead.
type pace struct {
	began, last time.Time
	steps       int     // that count
	seconds     float64 // smoothed duration of a step
	waiting     float64 // smoothed wait for data of a step
	first       bool    // the first step is over

	score, save float64 // seconds that the last of them took; 0 where there was none
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

// step takes in a step that ended now and waited for its data, and returns what the log says about
// it.
func (p *pace) step(now time.Time, waited time.Duration, images int) measure.Values {
	took := max(now.Sub(p.last).Seconds(), 1e-9)
	wait := min(waited.Seconds(), took)
	p.last = now
	if !p.first {
		p.first, p.seconds, p.waiting = true, took, wait
		return speed(float64(images)/took, wait/took)
	}
	p.steps++
	newest := max(smoothing, 1/float64(p.steps))
	p.seconds += newest * (took - p.seconds)
	p.waiting += newest * (wait - p.waiting)
	return speed(float64(images)/took, wait/took)
}

// known tells whether enough steps are measured to say how long a run takes: five, or fewer where
// they take long.
func (p *pace) known() bool {
	elapsed := p.last.Sub(p.began)
	return p.steps >= 5 || p.steps >= 2 && elapsed > 20*time.Second || p.steps >= 1 && elapsed > 40*time.Second
}

// left is how long so many steps, scores and checkpoints take.
func (p *pace) left(steps, scores, saves int) time.Duration {
	seconds := float64(steps)*p.seconds + float64(scores)*p.score + float64(saves)*p.save
	return time.Duration(seconds * float64(time.Second))
}

// smoothed is what the status says about the last steps.
func (p *pace) smoothed(images int) measure.Values {
	seconds := max(p.seconds, 1e-9)
	return speed(float64(images)/seconds, p.waiting/seconds)
}

func speed(imagesPerSecond, dataWait float64) measure.Values {
	return measure.Values{ImagesPerSecond.Name: imagesPerSecond, DataWait.Name: dataWait}
}
