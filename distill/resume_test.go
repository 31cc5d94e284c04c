package distill

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
)

// resumable has all the state that a model can have: running statistics, a frozen last layer,
// noise.
func resumable() Config {
	c := tiny()
	c.Head, c.HeadBatchNorm = HeadOfficial, true
	c.ViT.DropPath = 0.3
	return c
}

// train runs steps from ≤ n < to, with noise that is a function of the step, and returns the
// losses.
func (r *training) train(t *testing.T, from, to int) []float64 {
	t.Helper()
	var losses []float64
	for n := from; n < to; n++ {
		if err := r.store.SetRNGStateFromSeed(int64(n)); err != nil {
			t.Fatal(err)
		}
		h := hyper(n + 1)
		h.LR, h.FreezeLastLayer, h.LastLayer = 0.002, n < 2, max(0, n-1)
		losses = append(losses, r.step(t, h, views(uint64(n), 4)).loss)
	}
	return losses
}

func export(t *testing.T, store *model.Store) map[string]weights.Tensor {
	t.Helper()
	exported, err := variables.Export(store, "/")
	if err != nil {
		t.Fatal(err)
	}
	return exported
}

// N + M steps equal N steps, an export into a new model, and M steps, bit for bit: weights,
// moments, teacher, statistics and center are all in the store. The export may come right after the
// first batch, when the center is queued and not set.
func TestResumeEqualsTheUninterruptedRun(t *testing.T) {
	const total = 6
	through := newTraining(t, resumable(), DefaultOptimizer(), 1)
	want := through.train(t, 0, total)
	final := export(t, through.store)
	for _, after := range []int{1, 3} {
		first := newTraining(t, resumable(), DefaultOptimizer(), 1)
		losses := first.train(t, 0, after)
		saved := export(t, first.store)

		store := model.NewStore()
		if err := variables.Create(store, "/", saved); err != nil {
			t.Fatal(err)
		}
		second := initialise(t, resumable(), DefaultOptimizer(), 99, store) // the seed must not matter any more
		losses = append(losses, second.train(t, after, total)...)
		if !slices.Equal(losses, want) {
			t.Errorf("resumed after %d steps the losses are %v, want %v", after, losses, want)
		}
		got := export(t, second.store)
		if a, b := sorted(got), sorted(final); !slices.Equal(a, b) {
			t.Errorf("resumed after %d steps the variables are %v, want %v", after, a, b)
		}
		for name, tensor := range final {
			if !bytes.Equal(got[name].Data, tensor.Data) {
				t.Errorf("resumed after %d steps %s differs", after, name)
			}
		}
	}
}

// The same with a model that exists already: import sets every variable that it has.
func TestImportIntoARunningModel(t *testing.T) {
	through := newTraining(t, resumable(), DefaultOptimizer(), 1)
	through.train(t, 0, 2)
	saved := export(t, through.store)
	want := through.train(t, 2, 4)

	other := newTraining(t, resumable(), DefaultOptimizer(), 2)
	other.train(t, 0, 1)
	if err := variables.Import(other.store, "/", saved); err != nil {
		t.Fatal(err)
	}
	if got := other.train(t, 2, 4); !slices.Equal(got, want) {
		t.Errorf("the losses are %v, want %v", got, want)
	}
}
