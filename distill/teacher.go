package distill

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
)

// Module is one network as the wrapper sees it: x → y, with its variables below scope.
type Module interface {
	Forward(scope *model.Scope, x *graph.Node) *graph.Node
}

// TeacherStudent wraps a network of which the student is trained and the teacher follows it as an
// exponential moving average (Tarvainen and Valpola 2017). Scope names where the two sets of
// variables lie: "<Scope>/student" and "<Scope>/teacher".
type TeacherStudent struct {
	Scope   string
	Student Module
	Teacher Module // the same network; differs from Student only in noise
	// EMABuffers makes the teacher follow buffers too (running statistics), as the seed does; the
	// official code leaves them alone.
	EMABuffers bool
}

// ForwardStudent runs the student.
func (w TeacherStudent) ForwardStudent(scope *model.Scope, x *graph.Node) *graph.Node {
	return w.Student.Forward(scope.At("%s", w.Scope).At("student"), x)
}

// ForwardTeacher runs the teacher; no gradient flows into it.
func (w TeacherStudent) ForwardTeacher(scope *model.Scope, x *graph.Node) *graph.Node {
	return graph.StopGradient(w.Teacher.Forward(scope.At("%s", w.Scope).At("teacher"), x))
}

// CopyStudent copies the student's variables to the teacher, creating what the teacher lacks.
func (w TeacherStudent) CopyStudent(store *model.Store) error {
	names, student := layer.Within(store, w.path("student"))
	for _, name := range names {
		value, err := student[name].Value()
		if err != nil {
			return fmt.Errorf("distill: copying the student of %s: %w", w.Scope, err)
		}
		value, err = value.LocalClone()
		if err != nil {
			return fmt.Errorf("distill: copying the student of %s: %w", w.Scope, err)
		}
		if err := w.setTeacher(store, student[name], value); err != nil {
			return fmt.Errorf("distill: copying the student of %s: %w", w.Scope, err)
		}
	}
	return nil
}

func (w TeacherStudent) setTeacher(store *model.Store, student *model.Variable, value *tensors.Tensor) error {
	path := w.path("teacher") + student.Path()[len(w.path("student")):]
	if v := store.GetVariable(path); v != nil {
		return v.SetValue(value)
	}
	v, err := store.CreateVariable(path, value)
	if err != nil {
		return err
	}
	v.SetTrainable(student.Trainable)
	return nil
}

func (w TeacherStudent) path(role string) string { return "/" + w.Scope + "/" + role }

// UpdateTeacher moves the teacher, in a graph that is training: teacher = c·teacher + (1 −
// c)·student for parameters and, with EMABuffers, buffers. Call it once an optimizer step, after
// the step. coefficient is a float32 scalar node.
//
// A coefficient of exactly 0 or 1 changes nothing; 0 does not copy the student. Integer buffers are
// mixed with the two coefficients truncated to integers, as the seed's library does: for 0 < c < 1
// the teacher's become 0.
func (w TeacherStudent) UpdateTeacher(store *model.Store, coefficient *graph.Node) {
	g := coefficient.Graph()
	if !store.IsTraining(g) {
		return
	}
	zero, one := graph.ScalarZero(g, coefficient.DType()), graph.ScalarOne(g, coefficient.DType())
	moves := graph.LogicalAnd(graph.NotEqual(coefficient, zero), graph.NotEqual(coefficient, one))
	names, student := layer.Within(store, w.path("student"))
	_, teacher := layer.Within(store, w.path("teacher"))
	for _, name := range names {
		s, t := student[name], teacher[name]
		if t == nil {
			exceptions.Panicf("distill: the teacher of %s has no variable %s: run CopyStudent first", w.Scope, name)
		}
		if !s.Trainable && !w.EMABuffers {
			continue
		}
		old := t.NodeValue(g)
		var mixed *graph.Node
		if old.DType().IsFloat() {
			c := graph.ConvertDType(coefficient, old.DType())
			mixed = graph.Add(graph.Mul(old, c), graph.Mul(s.NodeValue(g), graph.OneMinus(c)))
		} else {
			mixed = graph.ZerosLike(old)
		}
		t.SetNodeValue(graph.Where(graph.BroadcastToDims(moves, old.Shape().Dimensions...), mixed, old))
	}
}
