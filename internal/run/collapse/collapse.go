// Package collapse watches a run for the two ways in which self-distillation stops learning while
// its loss looks calm (Caron et al. 2021, section 5.3).
package collapse

import (
	"math"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/observe"
)

// Name is that of the warnings.
const Name = "collapse"

// The kinds of collapse.
const (
	Uniform = "uniform"
	Shared  = "one prototype"
)

// Thresholds of the detector.
const (
	lasting        = 100   // steps that the signs must last
	uniformShare   = 0.995 // of ln K, that the teacher's entropy reaches
	sharedMarginal = 0.05  // nats, that the marginal entropy falls below
	vanishedKL     = 0.01  // of ln K, that the divergence falls below
)

// Detector is an observer that warns others: of targets that are uniform for every image, or the
// same prototype for all. Each is reported once.
type Detector struct {
	observe.Nothing
	to observe.Observer

	logK            float64
	uniform, shared int // consecutive steps with the signs
}

// New returns a detector that warns an observer.
func New(to observe.Observer) *Detector { return &Detector{to: to} }

// Started takes in the number of prototypes.
func (d *Detector) Started(s observe.Start) error {
	d.logK = math.Log(float64(s.Prototypes))
	return nil
}

// Step takes in a step, and warns if it is the last that a collapse needs to count as one.
func (d *Detector) Step(s observe.Step) error {
	v := s.Values
	vanished := v.Of(distill.KL) < vanishedKL*d.logK
	d.uniform = count(d.uniform, vanished && v.Of(distill.TeacherEntropy) > uniformShare*d.logK)
	d.shared = count(d.shared, vanished && v.Of(distill.MarginalEntropy) < sharedMarginal)
	warning := observe.Warning{Name: Name, Step: s.Number}
	switch {
	case d.uniform == lasting:
		warning.Kind, warning.Note = Uniform, observe.Notef("uniform collapse: for %d steps every image has had the "+
			"uniform target (loss %.3f = ln K), so there is nothing to learn from; "+
			"lower model.temperature_teacher and _warmup (0.02), use fewer model.n_prototypes, raise "+
			"model.vit.init_std for a narrow network, or lower train.schedule.lr.base", lasting, v.Of(distill.Loss))
	case d.shared == lasting:
		warning.Kind, warning.Note = Shared, observe.Notef("collapse to one prototype: for %d steps all images have "+
			"had the same target (marginal entropy %.3f); "+
			"raise model.temperature_teacher, keep model.center_momentum near 0.9, or raise model.ema_decay_start",
			lasting, v.Of(distill.MarginalEntropy))
	default:
		return nil
	}
	return d.to.Warning(warning)
}

func count(steps int, sign bool) int {
	if sign {
		return steps + 1
	}
	return 0
}
