package trainer

import (
	"time"

	"github.com/dino-go/dino/measure"
)

// pace measures how fast a run is: over each step, and smoothed for the estimate of the time left.
type pace struct {
	last    time.Time
	seconds float64 // smoothed duration of a step
	waiting float64 // smoothed wait for data of a step
}

// smoothing is the weight of the newest step in the smoothed durations.
const smoothing = 0.05

func (p *pace) start(now time.Time) { p.last = now }

// resume leaves out what lay between the last step and now, such as an evaluation.
func (p *pace) resume(now time.Time) { p.last = now }

// step takes in a step that ended now and waited for its data, and returns what the log says about
// it.
func (p *pace) step(now time.Time, waited time.Duration, images int) measure.Values {
	took := max(now.Sub(p.last).Seconds(), 1e-9)
	wait := min(waited.Seconds(), took)
	p.last = now
	if p.seconds == 0 {
		p.seconds, p.waiting = took, wait
	}
	p.seconds += smoothing * (took - p.seconds)
	p.waiting += smoothing * (wait - p.waiting)
	return speed(float64(images)/took, wait/took)
}

func (p *pace) left(steps int) time.Duration {
	return time.Duration(float64(steps) * p.seconds * float64(time.Second))
}

// smoothed is what the status says about the last steps.
func (p *pace) smoothed(images int) measure.Values {
	seconds := max(p.seconds, 1e-9)
	return speed(float64(images)/seconds, p.waiting/seconds)
}

func speed(imagesPerSecond, dataWait float64) measure.Values {
	return measure.Values{ImagesPerSecond.Name: imagesPerSecond, DataWait.Name: dataWait}
}
