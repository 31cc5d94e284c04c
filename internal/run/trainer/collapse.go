package trainer

import (
	"fmt"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/measure"
)

// Thresholds of the collapse detector.
const (
	collapseSteps   = 100   // how long the signs must last
	uniformShare    = 0.995 // of ln K, that the teacher's entropy reaches
	sharedMarginal  = 0.05  // nats, that the marginal entropy falls below
	vanishedKL      = 0.01  // of ln K, that the divergence falls below
	collapseUniform = "uniform"
	collapseShared  = "one prototype"
)

// collapse watches for the two ways in which self-distillation stops learning while its loss looks
// calm (Caron et al. 2021, section 5.3): targets that are uniform for every image, or the same
// prototype for all. Each is reported once.
type collapse struct {
	logK            float64
	uniform, shared int // consecutive steps with the signs
}

// observe takes in a step. It returns the kind of a collapse that has just been found, or nothing.
func (c *collapse) observe(m measure.Values) string {
	vanished := m.Of(distill.KL) < vanishedKL*c.logK
	c.uniform = count(c.uniform, vanished && m.Of(distill.TeacherEntropy) > uniformShare*c.logK)
	c.shared = count(c.shared, vanished && m.Of(distill.MarginalEntropy) < sharedMarginal)
	switch {
	case c.uniform == collapseSteps:
		return collapseUniform
	case c.shared == collapseSteps:
		return collapseShared
	}
	return ""
}

func count(steps int, sign bool) int {
	if sign {
		return steps + 1
	}
	return 0
}

// advice says what a collapse means and what to change.
func (c *collapse) advice(kind string, m measure.Values) string {
	if kind == collapseUniform {
		return fmt.Sprintf("uniform collapse: for %d steps every image has had the uniform target (loss %.3f = ln "+
			"K), so there is nothing to learn from; "+
			"lower model.temperature_teacher and _warmup (0.02), use fewer model.n_prototypes, raise "+
			"model.vit.init_std for a narrow network, or lower train.schedule.lr.base", collapseSteps,
			m.Of(distill.Loss))
	}
	return fmt.Sprintf("collapse to one prototype: for %d steps all images have had the same target (marginal "+
		"entropy %.3f); "+
		"raise model.temperature_teacher, keep model.center_momentum near 0.9, or raise model.ema_decay_start",
		collapseSteps, m.Of(distill.MarginalEntropy))
}

// watch reports a collapse when it is found.
func (t *trainer) watch(step int, m measure.Values) {
	kind := t.observe(m)
	if kind == "" {
		return
	}
	t.Progress.Event("collapse", map[string]any{"step": step, "kind": kind}, "warning: step %d: %s", step,
		t.advice(kind, m))
}
