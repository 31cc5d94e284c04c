// Package schedule computes the numbers that change while a run trains: learning
// rate, weight decay, teacher momentum, teacher temperature, and whether the
// last layer is frozen. All are pure functions of the step, on the host, in
// float64; nothing is stored with a run.
//
// Two recipes are covered exactly, each under its own name: the official DINO
// implementation (schedules per iteration, facebookresearch/dino) and the
// seed's library stable-pretraining (linear warm-up with cosine annealing,
// momentum and temperature per epoch).
package schedule

// Schedule is a value that depends on a 0-based index: an optimizer step, or an
// epoch.
type Schedule interface {
	At(i int) float64
}

// Constant is the schedule that always has the same value.
type Constant float64

// At returns the constant.
func (c Constant) At(int) float64 { return float64(c) }

// Every schedule of this package, each with its formula at its type.
var (
	_ Schedule = Constant(0)
	_ Schedule = Cosine{}
	_ Schedule = WarmupCosine{}
	_ Schedule = EMACosine{}
	_ Schedule = TemperatureOfficial{}
	_ Schedule = TemperatureSeed{}
)
