package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowLARS is the formula of [LARS] for one tensor of a rank, in float64.
type slowLARS struct {
	LARS
	rank  int
	w, mu []float64
}

func norm64(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}

func (s *slowLARS) step(gradient []float64, lr, decay float64) {
	d := make([]float64, len(s.w))
	for i := range d {
		d[i] = gradient[i] + decay*s.w[i]
	}
	q := 1.0
	if weights, update := norm64(s.w), norm64(d); s.rank != 1 && weights > 0 && update > 0 {
		q = s.Trust * weights / update
	}
	for i := range d {
		s.mu[i] = s.Momentum*s.mu[i] + q*d[i]
		s.w[i] -= lr * s.mu[i]
	}
}

func (s *slowLARS) values() map[string][]float64 { return map[string][]float64{"w": s.w, "mu": s.mu} }

// Matrices, kernels, biases, and a tensor of zeros, whose ratio is 1.
func TestLARSEqualsLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for _, shape := range [][]int{{1, 1}, {3, 5}, {2, 3, 2, 2}, {6}, {4, 2}} {
		for _, l := range []LARS{DefaultLARS(), {Momentum: 0, Trust: 1}} {
			d := drawn(rng, 8, shape...)
			if shape[0] == 4 {
				clear(d.Weight)
				clear(d.Gradients[0])
			}
			slow := &slowLARS{
				LARS: l, rank: len(shape), w: graphtest.Float64s(d.Weight),
				mu: make([]float64, len(d.Weight)),
			}
			requireDescent(t, l, slow, d, 2e-5)
		}
	}
}

func TestLARSValidate(t *testing.T) {
	if err := DefaultLARS().Validate(); err != nil {
		t.Error(err)
	}
	for want, l := range map[string]LARS{
		"optim: momentum is 1: must be in [0, 1)":          {Momentum: 1, Trust: 0.1},
		"optim: momentum is NaN: must be in [0, 1)":        {Momentum: math.NaN(), Trust: 0.1},
		"optim: trust is 0: must be above 0 and at most 1": {Momentum: 0.9},
		"optim: trust is 2: must be above 0 and at most 1": {Momentum: 0.9, Trust: 2},
	} {
		testkit.RequireError(t, l.Validate(), want)
	}
}
