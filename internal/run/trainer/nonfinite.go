package trainer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/schedule"
)

// ErrNonFinite is what every [NonFiniteError] is, for errors.Is.
var ErrNonFinite = errors.New("trainer: the loss or the gradient is non-finite")

// NonFiniteError says that a step's loss or gradient is not a number. Nothing of the step was
// saved.
type NonFiniteError struct {
	Step, Epoch int // counted from 0
	Loss        float64
	GradNorm    float64
	Views       []string // with non-finite logits: "teacher global 0", "student local 3"
	First       string   // non-finite value that is computed from finite ones; empty if none was found
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
	if e.First != "" {
		views += "; the first non-finite value is " + e.First
	}
	return fmt.Sprintf("trainer: step %d (epoch %d): loss %g, gradient norm %g: %s; nothing of this step is saved, "+
		"the newest checkpoint holds %d steps; "+
		"lower train.schedule.lr.base (the rate was %.3g), set train.optimizer.clip to per_tensor with clip_norm 3, "+
		"raise model.temperature_teacher (it was %.3g), or set model.precision to float32",
		e.Step, e.Epoch, e.Loss, e.GradNorm, views, e.Saved, e.LR, e.TeacherTemp)
}

func (t *trainer) nonFinite(step int, m metrics, v schedule.Values, batch *loader.Batch) error {
	e := &NonFiniteError{
		Step: step, Epoch: step / t.StepsPerEpoch, LR: v.LR, TeacherTemp: v.TeacherTemp,
		Loss: m.values.Of(distill.Loss), GradNorm: m.values.Of(distill.GradNorm), Saved: t.Checkpoints.saved,
	}
	e.First = t.step.first(batch, v)
	for i, finite := range m.finiteViews {
		if finite == 0 {
			e.Views = append(e.Views, t.viewName(i))
		}
	}
	return e
}

// first traces the step again, which has changed nothing, and names the first value that is not
// finite; empty where there is none, or no memory to look.
func (s *stepper) first(batch *loader.Batch, v schedule.Values) string {
	var trace distill.Trace
	exec, err := model.NewExec(s.Backend, s.Store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		trace = s.Model.Trace(scope, distill.Input{Global: in[1 : 1+s.Global], Local: in[1+s.Global:]}, in[0])
		return []*graph.Node{trace.Finite}
	})
	if err != nil {
		return ""
	}
	defer exec.Finalize()
	vector := tensors.FromValue(s.Optimizer.Vector(s.hyper(batch.Step, v)))
	for micro := range s.Accumulate {
		if s.seedNoise(batch.Step, micro) != nil {
			return ""
		}
		outputs, err := exec.WithName("dino.trace").Call(s.arguments(vector, batch, micro)...)
		if err != nil {
			return ""
		}
		if first, found := trace.First(tensors.MustCopyFlatData[float32](outputs[0])); found {
			return pixels(first)
		}
	}
	return ""
}

// pixels names an argument of the trace that holds a view.
func pixels(first string) string {
	text, is := strings.CutPrefix(first, "arg")
	if view, err := strconv.Atoi(text); is && err == nil {
		return fmt.Sprintf("the pixels of view %d", view-1) // the first argument are the scheduled numbers
	}
	return first
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
