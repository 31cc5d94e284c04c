package trainer

import "time"

// pace measures how fast a run is: over each step, and smoothed for the estimate of the time left.
type pace struct {
	last    time.Time
	seconds float64 // smoothed duration of a step
	waiting float64 // smoothed wait for data of a step
}

// paceOfStep is what the log says about one step.
type paceOfStep struct{ imagesPerSecond, dataWait float64 }

// smoothing is the weight of the newest step in the smoothed durations.
const smoothing = 0.05

func (p *pace) start(now time.Time) { p.last = now }

// resume leaves out what lay between the last step and now, such as an evaluation.
func (p *pace) resume(now time.Time) { p.last = now }

// step takes in a step that ended now and waited for its data.
func (p *pace) step(now time.Time, waited time.Duration, images int) paceOfStep {
	took := max(now.Sub(p.last).Seconds(), 1e-9)
	wait := min(waited.Seconds(), took)
	p.last = now
	if p.seconds == 0 {
		p.seconds, p.waiting = took, wait
	}
	p.seconds += smoothing * (took - p.seconds)
	p.waiting += smoothing * (wait - p.waiting)
	return paceOfStep{float64(images) / took, wait / took}
}

func (p *pace) left(steps int) time.Duration {
	return time.Duration(float64(steps) * p.seconds * float64(time.Second))
}

func (p *pace) imagesPerSecond(images int) float64 { return float64(images) / max(p.seconds, 1e-9) }

func (p *pace) dataWait() float64 { return p.waiting / max(p.seconds, 1e-9) }
