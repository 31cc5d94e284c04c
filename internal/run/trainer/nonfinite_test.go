package trainer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/loader"

	"github.com/dino-go/dino/internal/testkit"
)

// poison makes one view of every image not a number from the second epoch on.
func poison(view int) func(loader.RenderFunc) loader.RenderFunc {
	return func(f loader.RenderFunc) loader.RenderFunc {
		return func(img *augment.Image, epoch, index int, dst [][]float32) {
			f(img, epoch, index, dst)
			if epoch == 1 {
				dst[view][5] = float32(math.NaN())
			}
		}
	}
}

// A loss that is not a number stops the run: the error names step and views, the log and the
// checkpoints end before it.
func TestNonFiniteViews(t *testing.T) {
	for _, c := range []struct {
		view int
		want []string
	}{
		{0, []string{"teacher global 0", "student global 0"}},
		{1, []string{"teacher global 1", "student global 1"}},
		{3, []string{"student local 1"}},
	} {
		for _, parts := range []int{1, 2} {
			s := small(t)
			s.render, s.accumulate = poison(c.view), parts
			e := s.run(t.Context(), t)
			var got *NonFiniteError
			if !errors.As(e.err, &got) {
				t.Fatalf("view %d: error %v, want a NonFiniteError", c.view, e.err)
			}
			if got.Step != 6 || got.Epoch != 1 || got.Saved != 5 || !math.IsNaN(got.Loss) {
				t.Errorf("view %d: %+v, want step 6 of epoch 1 with 5 steps saved", c.view, got)
			}
			if want := fmt.Sprint("the pixels of view ", c.view); got.First != want {
				t.Errorf("view %d: the first non-finite value is %q, want %q", c.view, got.First, want)
			}
			if diff := cmp.Diff(c.want, got.Views); diff != "" {
				t.Errorf("view %d: -want +got:\n%s", c.view, diff)
			}
			if e.Steps != 6 || len(e.records) != 6 {
				t.Errorf("view %d: %d steps done, %d lines, want 6", c.view, e.Steps, len(e.records))
			}
			if diff := cmp.Diff(pairs(5), s.steps(t)); diff != "" {
				t.Errorf("view %d: -want +got:\n%s", c.view, diff)
			}
		}
	}
}

// What was saved before the loss broke is good: without what broke it the run goes on to the end
// that it would have had.
func TestGoingOnAfterNonFinite(t *testing.T) {
	s := small(t)
	want := s.finished(t)
	s.dir, s.render = t.TempDir(), poison(0)
	s.run(t.Context(), t)
	s.render = nil
	requireSame(t, want, s.finished(t))
}

// A learning rate that is far too high ends in such an error too, not in a saved ruin.
func TestDivergence(t *testing.T) {
	s := small(t)
	s.schedule.LearningRate.Base, s.every = 1e30, 100
	s.model.Head = distill.HeadSeed // its logits have no bound
	e := s.run(t.Context(), t)
	var got *NonFiniteError
	if !errors.As(e.err, &got) {
		t.Fatalf("error %v, want a NonFiniteError", e.err)
	}
	if !strings.Contains(got.First, " behind backbone.") || got.LR < 1e28 || len(got.Views) == 0 ||
		len(s.steps(t)) > 0 {
		t.Errorf("%+v, checkpoints %v", got, s.steps(t))
	}
}

func TestNonFiniteMessage(t *testing.T) {
	e := &NonFiniteError{
		Step: 123, Epoch: 4, Loss: math.NaN(), GradNorm: math.Inf(1),
		Views: []string{"teacher global 0", "student local 3"},
		LR:    0.0005, TeacherTemp: 0.04, Saved: 100, First: "Mul behind a.weight",
	}
	testkit.RequireError(t, e, "trainer: step 123 (epoch 4): loss NaN, gradient norm +Inf",
		"non-finite logits in teacher global 0, student local 3",
		"the first non-finite value is Mul behind a.weight; nothing of this step is saved",
		"the newest checkpoint holds 100 steps",
		"lower train.schedule.lr.base (the rate was 0.0005)",
		"clip", "model.temperature_teacher (it was 0.04)", "model.precision to float32")
	e.Views = nil
	testkit.RequireError(t, e, "all logits are finite, so the gradient overflowed")
}

// The metrics list the teacher's views first, then all of the student's.
func TestViewNames(t *testing.T) {
	c := &trainer{}
	c.Global = 2
	for i, want := range []string{
		"teacher global 0", "teacher global 1", "student global 0", "student global 1", "student local 0",
		"student local 1",
	} {
		if got := c.viewName(i); got != want {
			t.Errorf("entry %d is %q, want %q", i, got, want)
		}
	}
}
