package trainer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/schedule"
)

// ErrNonFinite is what every [NonFiniteError] is, for errors.Is.
var ErrNonFinite = errors.New("trainer: the loss or the gradient is not finite")

// NonFiniteError says that a step's loss or gradient is not a number. Nothing of the step was
// saved.
type NonFiniteError struct {
	Step, Epoch int // counted from 0
	Loss        float64
	GradNorm    float64
	Views       []string // with non-finite logits: "teacher global 0", "student local 3"
	LR          float64
	TeacherTemp float64
	Saved       int // steps that the newest checkpoint holds
}

// Is tells that the error is [ErrNonFinite].
func (e *NonFiniteError) Is(target error) bool { return target == ErrNonFinite }

// Error says where, what, and what to change.
func (e *NonFiniteError) Error() string {
	views := "all logits are finite, so the gradient overflowed"
	if len(e.Views) > 0 {
		views = "non-finite logits in " + strings.Join(e.Views, ", ")
	}
	return fmt.Sprintf("trainer: step %d (epoch %d): loss %g, gradient norm %g: %s; nothing of this step is saved, "+
		"the newest checkpoint holds %d steps; "+
		"lower train.schedule.lr.base (the rate was %.3g), set train.optimizer.clip to per_tensor with clip_norm 3, "+
		"raise model.temperature_teacher (it was %.3g), or set model.precision to float32",
		e.Step, e.Epoch, e.Loss, e.GradNorm, views, e.Saved, e.LR, e.TeacherTemp)
}

func (t *trainer) nonFinite(step int, m metrics, v schedule.Values) error {
	e := &NonFiniteError{
		Step: step, Epoch: step / t.StepsPerEpoch, LR: v.LR, TeacherTemp: v.TeacherTemp,
		Loss: m.values.Of(distill.Loss), GradNorm: m.values.Of(distill.GradNorm), Saved: t.Checkpoints.saved,
	}
	for i, finite := range m.finiteViews {
		if finite == 0 {
			e.Views = append(e.Views, t.viewName(i))
		}
	}
	return e
}

// viewName names an entry of the metrics' list of views: the teacher's, then the student's.
func (t *trainer) viewName(i int) string {
	if i < t.Global {
		return fmt.Sprintf("teacher global %d", i)
	}
	if i -= t.Global; i < t.Global {
		return fmt.Sprintf("student global %d", i)
	}
	return fmt.Sprintf("student local %d", i-t.Global)
}
