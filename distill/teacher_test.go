package distill

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// pairOf is a wrapper around variables alone: a parameter w, a buffer b and an integer buffer n, in
// student and teacher.
func pairOf(t graphtest.TB, student, teacher map[string]*tensors.Tensor,
	emaBuffers bool,
) (TeacherStudent, *model.Store) {
	t.Helper()
	store := model.NewStore()
	for role, values := range map[string]map[string]*tensors.Tensor{"student": student, "teacher": teacher} {
		for name, value := range values {
			v, err := store.CreateVariable("/net/"+role+"/"+name, value)
			if err != nil {
				t.Fatal(err)
			}
			v.SetTrainable(name == "w")
		}
	}
	return TeacherStudent{Scope: "net", EMABuffers: emaBuffers}, store
}

// update runs one update in a graph that is training or not.
func update(t graphtest.TB, w TeacherStudent, store *model.Store, coefficient float32, training bool) {
	t.Helper()
	graphtest.Call(t, store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		store.SetTraining(in[0].Graph(), training)
		w.UpdateTeacher(store, in[0])
		return []*graph.Node{graph.AddScalar(in[0], 1)}
	}, tensors.FromValue(coefficient))
}

func TestUpdateTeacherEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]float32{0, 0.1, 0.5, 0.996, 1}).Draw(t, "coefficient")
		training, buffers := rapid.Bool().Draw(t, "training"), rapid.Bool().Draw(t, "ema_buffers")
		n, seed := rapid.IntRange(1, 5).Draw(t, "n"), rapid.Uint64().Draw(t, "seed")
		s, old := graphtest.Normal(seed, n), graphtest.Normal(seed+1, n)
		copies := func(x []float32, count int64) map[string]*tensors.Tensor {
			return map[string]*tensors.Tensor{
				"w": graphtest.Tensor(slices.Clone(x), n),
				"b": graphtest.Tensor(slices.Clone(x), n), "n": tensors.FromValue(count),
			}
		}
		w, store := pairOf(t, copies(s, 5), copies(old, 3), buffers)
		update(t, w, store, c, training)

		moves := training && c > 0 && c < 1
		mixed := graphtest.Float64s(old)
		if moves {
			for i := range mixed {
				mixed[i] = float64(c)*float64(old[i]) + (1-float64(c))*float64(s[i])
			}
		}
		read := func(name string) []float64 {
			return graphtest.Float64s(graphtest.Floats(store.GetVariable("/net/teacher/" + name).MustValue()))
		}
		testkit.AllClose(t, "parameter", read("w"), mixed, 1e-6)
		if !buffers {
			mixed = graphtest.Float64s(old)
		}
		testkit.AllClose(t, "buffer", read("b"), mixed, 1e-6)
		count := int64(3) // integers: both coefficients are truncated to 0
		if moves && buffers {
			count = 0
		}
		if got := tensors.ToScalar[int64](store.GetVariable("/net/teacher/n").MustValue()); got != count {
			t.Errorf("the counter is %d, want %d", got, count)
		}
		if got := graphtest.Floats(store.GetVariable("/net/student/w").MustValue()); !slices.Equal(got, s) {
			t.Error("the student moved")
		}
	})
}

func TestUpdateTeacherNeedsACopy(t *testing.T) {
	w, store := pairOf(t, map[string]*tensors.Tensor{"w": tensors.FromValue([]float32{1})}, nil, true)
	err := graphtest.Error(t, store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		store.SetTraining(in[0].Graph(), true)
		w.UpdateTeacher(store, in[0])
		return in
	}, scalar(0.5))
	if want := "distill: the teacher of net has no variable w: run CopyStudent first"; !strings.Contains(err.Error(),
		want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}

// The teacher starts equal to the student, bit for bit and in storage of its own.
func TestTeacherStartsAsACopy(t *testing.T) {
	c := tiny()
	c.Head, c.HeadBatchNorm = HeadOfficial, true
	r := newTraining(t, c, DefaultOptimizer(), 1)
	for _, w := range []TeacherStudent{r.model.Backbones, r.model.Projectors} {
		names, student := layer.Within(r.store, w.path("student"))
		others, teacher := layer.Within(r.store, w.path("teacher"))
		if !slices.Equal(names, others) || len(names) == 0 {
			t.Fatalf("%s: the student has %v, the teacher %v", w.Scope, names, others)
		}
		for _, name := range names {
			a, b := student[name].MustValue(), teacher[name].MustValue()
			if !a.Equal(b) {
				t.Errorf("%s: %s differs", w.Scope, name)
			}
			if a == b {
				t.Errorf("%s: %s is one tensor for both", w.Scope, name)
			}
			if student[name].Trainable != teacher[name].Trainable {
				t.Errorf("%s: %s is trainable in one of the two", w.Scope, name)
			}
		}
	}
}

func TestCopyStudentOverwritesTheTeacher(t *testing.T) {
	one := func(v float32) map[string]*tensors.Tensor {
		return map[string]*tensors.Tensor{"w": tensors.FromValue([]float32{v})}
	}
	w, store := pairOf(t, one(1), one(2), true)
	if err := w.CopyStudent(store); err != nil {
		t.Fatal(err)
	}
	if got := graphtest.Floats(store.GetVariable("/net/teacher/w").MustValue())[0]; got != 1 {
		t.Errorf("the teacher is %g, want the student's 1", got)
	}
}

// A student that has nothing to copy leaves no half-made teacher in silence.
func TestCopyStudentSaysWhatCannotBeCopied(t *testing.T) {
	for name, spoil := range map[string]func(v *model.Variable) error{
		"no value":             (*model.Variable).Reset,
		"a value that is gone": func(v *model.Variable) error { return v.MustValue().FinalizeAll() },
	} {
		t.Run(name, func(t *testing.T) {
			w, store := pairOf(t, map[string]*tensors.Tensor{"w": tensors.FromValue([]float32{1})}, nil, true)
			if err := spoil(store.GetVariable("/net/student/w")); err != nil {
				t.Fatal(err)
			}
			err := w.CopyStudent(store)
			if err == nil || !strings.Contains(err.Error(), "distill: copying the student of net: ") {
				t.Errorf("got error %v", err)
			}
			if store.GetVariable("/net/teacher/w") != nil {
				t.Error("a teacher was made of nothing")
			}
		})
	}
}

// After a step with m = 0.996 the teacher has moved by 0.004 of the way to the new student. Were it
// updated before the optimizer step, when both were equal, it would not have moved at all.
func TestTheTeacherFollowsTheUpdatedStudent(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	before := r.state(t)
	h := hyper(1)
	h.Momentum, h.LR = 0.996, 0.1
	r.step(t, h, views(1, 4))
	after := r.state(t)
	moved := 0.0
	for name, teacher := range after {
		if !strings.Contains(name, ".teacher.") || strings.HasPrefix(name, "optimizer.") {
			continue
		}
		old, student := before[name], after[strings.Replace(name, ".teacher.", ".student.", 1)]
		want := make([]float64, len(old))
		for i := range want {
			want[i] = float64(old[i]) + 0.004*(float64(student[i])-float64(old[i]))
			moved = max(moved, want[i]-float64(old[i]))
		}
		testkit.AllClose(t, name, graphtest.Float64s(teacher), want, 2e-7)
	}
	if moved < 1e-4 {
		t.Errorf("the teacher moved by at most %g: the test cannot tell before from after", moved)
	}
}

// Coefficients of exactly 0 and 1 leave the teacher alone.
func TestTheTeacherStandsStillAtZeroAndOne(t *testing.T) {
	for _, m := range []float64{0, 1} {
		r := newTraining(t, tiny(), DefaultOptimizer(), 1)
		before := r.state(t)
		h := hyper(1)
		h.Momentum = m
		r.step(t, h, views(1, 4))
		for name, value := range r.state(t) {
			if strings.Contains(name, ".teacher.") && !slices.Equal(value, before[name]) {
				t.Errorf("a coefficient of %g moves %s", m, name)
			}
		}
	}
}

// Running statistics: each network advances its own in training; with ema_buffers the teacher's are
// then mixed with the student's.
func TestTheTeachersRunningStatistics(t *testing.T) {
	const name = "projector.%s.mlp.1.running_mean"
	stats := func(emaBuffers bool) (student, teacher []float32, count int64) {
		c := tiny()
		c.Head, c.HeadBatchNorm, c.EMABuffers = HeadOfficial, true, emaBuffers
		r := newTraining(t, c, DefaultOptimizer(), 1)
		r.step(t, hyper(1), views(1, 4)) // m = 0.9
		s := r.state(t)
		return s[strings.Replace(name, "%s", "student", 1)], s[strings.Replace(name, "%s", "teacher", 1)],
			tensors.ToScalar[int64](r.store.GetVariable("/projector/teacher/mlp/1/num_batches_tracked").MustValue())
	}
	student, own, count := stats(false)
	if l2(student) == 0 || slices.Equal(student, own) || count != 1 {
		t.Errorf("student and teacher saw %v and %v in %d batches, want different views in one", student, own, count)
	}
	_, mixed, count := stats(true)
	want := make([]float32, len(own))
	for i := range want {
		want[i] = 0.9*own[i] + 0.1*student[i]
	}
	testkit.AllClose(t, "mixed running mean", mixed, want, 1e-7)
	if count != 0 {
		t.Errorf("the mixed counter is %d, want 0", count)
	}
}
