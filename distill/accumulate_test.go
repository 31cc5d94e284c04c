package distill

import (
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/optim"
)

// accumulationOptimizer has an ε that keeps AdamW from blowing up the rounding of gradients that
// are zero in exact arithmetic.
func accumulationOptimizer() Optimizer {
	return Optimizer{
		AdamW: optim.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-4}, Decay: optim.DecayMatrices,
		Clip: ClipPerTensor, ClipNorm: 0.05,
	}
}

// Four micro-batches of two images are one batch of eight: parameters, moments, teacher and center,
// over several steps.
func TestAccumulationEqualsTheWholeBatch(t *testing.T) {
	for _, targets := range []string{CenterSeed, CenterOfficial} {
		c := tiny()
		c.CenterRule = targets
		whole, parts := newTraining(t, c, accumulationOptimizer(), 1), newTraining(t, c, accumulationOptimizer(), 1)
		for n := 1; n <= 3; n++ {
			batch, loss := views(uint64(n), 8), 0.0
			want := whole.step(t, hyper(n), batch)
			for i := range 4 {
				loss += parts.accumulate(t, hyper(n), part(batch, 2*i, 2*i+2)).loss / 4
			}
			norm := parts.apply(t, hyper(n), 4)
			testkit.AllClose(t, "loss and gradient norm", []float64{loss, norm}, []float64{want.loss, want.gradNorm},
				2e-5)
		}
		got, wanted := parts.state(t), whole.state(t)
		for name, value := range wanted {
			testkit.AllClose(t, targets+": "+name, got[name], value, 5e-6)
		}
		for name, value := range got {
			if strings.HasPrefix(name, "accumulate.") && l2(value) != 0 {
				t.Errorf("%s is not cleared", name)
			} else if wanted[name] == nil && !strings.HasPrefix(name, "accumulate.") {
				t.Errorf("accumulation adds a variable %s", name)
			}
		}
	}
}

// A micro-batch changes the sums and nothing else: teacher, center and moments wait for the
// optimizer step.
func TestAccumulateChangesTheSumsOnly(t *testing.T) {
	r := newTraining(t, tiny(), accumulationOptimizer(), 1)
	before := r.state(t)
	first, second := views(1, 2), views(2, 2)
	r.accumulate(t, hyper(1), first)
	once := r.state(t)
	r.accumulate(t, hyper(1), second)
	twice := r.state(t)
	sums := 0
	for name, value := range twice {
		if strings.HasPrefix(name, "accumulate.") {
			sums++
			if slices.Equal(value, once[name]) {
				t.Errorf("the second micro-batch adds nothing to %s", name)
			}
			continue
		}
		if !slices.Equal(value, before[name]) {
			t.Errorf("a micro-batch changes %s", name)
		}
	}
	if want := len(r.model.Parameters(r.store)) + 1; sums != want { // and the teacher's mean
		t.Errorf("%d sums, want %d", sums, want)
	}
}
