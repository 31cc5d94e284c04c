package distill

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowSinkhorn is the formula on Q itself, for n samples of k prototypes.
func slowSinkhorn(logits []float32, n, k int, temperature float64, iterations int) []float64 {
	q, total := make([]float64, n*k), 0.0
	for i, v := range logits {
		q[i] = math.Exp(float64(v) / temperature)
		total += q[i]
	}
	for i := range q {
		q[i] /= total
	}
	for range iterations {
		for j := range k {
			sum := 0.0
			for i := range n {
				sum += q[i*k+j]
			}
			for i := range n {
				q[i*k+j] /= sum * float64(k)
			}
		}
		for i := range n {
			sum := 0.0
			for _, v := range q[i*k : (i+1)*k] {
				sum += v
			}
			for j := range k {
				q[i*k+j] /= sum * float64(n)
			}
		}
	}
	for i := range q {
		q[i] *= float64(n)
	}
	return q
}

func sinkhorn(t graphtest.TB, logits []float32, views, batch, k int, temperature float64, iterations int) []float64 {
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		p := SinkhornKnopp(in[0], in[1], iterations)
		p.AssertDims(views, batch, k)
		return []*graph.Node{p}
	}, graphtest.Tensor(logits, views, batch, k), scalar(temperature))
	return graphtest.Float64s(graphtest.Floats(outputs[0]))
}

func TestReferenceSinkhorn(t *testing.T) {
	got := sinkhorn(t, waves(0.3, 2), 2, 2, 5, 0.07, 3)
	want := []float64{
		1.347e-06, 0.001397677, 0.105955362, 0.438843417, 0.453802197,
		0.019078886, 0.50016273, 0.46020321, 0.020197612, 0.000357562,
		0.750727284, 0.245197766, 0.004065698, 9.21e-06, 4.2e-08,
		0.96962959, 0.03003463, 0.000331533, 3.751e-06, 4.96e-07,
	}
	testkit.AllClose(t, "targets", got, want, 1e-6)
}

func TestSinkhornEqualsTheFormulaWhereThatIsFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		views, batch, k := rapid.IntRange(1, 2).Draw(t, "views"), rapid.IntRange(1, 4).Draw(t, "batch"),
			rapid.IntRange(2, 5).Draw(t, "prototypes")
		iterations, temperature := rapid.IntRange(1, 5).Draw(t, "iterations"),
			rapid.SampledFrom([]float64{0.07, 0.5}).Draw(t, "temperature")
		logits := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), views*batch*k)
		got := sinkhorn(t, logits, views, batch, k, temperature, iterations)
		testkit.AllClose(t, "targets", got, slowSinkhorn(logits, views*batch, k, temperature, iterations), 1e-4)
	})
}

// Logits of 10³ overflow exp in float32 and float64; every sample must still sum to 1.
func TestSinkhornIsFiniteForLargeLogits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		batch, k := rapid.IntRange(1, 4).Draw(t, "batch"), rapid.IntRange(2, 6).Draw(t, "prototypes")
		scale := rapid.SampledFrom([]float32{1, 1e3, 1e5}).Draw(t, "scale")
		logits := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), 2*batch*k)
		for i := range logits {
			logits[i] *= scale
		}
		got := sinkhorn(t, logits, 2, batch, k, 0.04, 3)
		for from := 0; from < len(got); from += k {
			sum := 0.0
			for _, p := range got[from : from+k] {
				sum += p
				if !(p >= 0 && p <= 1+1e-5) {
					t.Fatalf("a target is %g", p)
				}
			}
			// log Q is as large as the logits over the temperature, and its rounding with it.
			if math.Abs(sum-1) > 1e-5+1e-6*float64(scale)/0.04 {
				t.Errorf("a sample sums to %g", sum)
			}
		}
	})
}

// Many rounds spread the mass evenly: no prototype is left out, none takes all.
func TestSinkhornBalancesThePrototypes(t *testing.T) {
	const batch, k = 8, 4
	got := sinkhorn(t, graphtest.Normal(3, batch*k), 1, batch, k, 0.5, 200)
	mass := make([]float64, k)
	for i, p := range got {
		mass[i%k] += p
	}
	testkit.AllClose(t, "mass of the prototypes", mass, slices.Repeat([]float64{batch / k}, k), 1e-3)
}

// A model with these targets has no center at all.
func TestSinkhornModelTrainsWithoutCenter(t *testing.T) {
	c := tiny()
	c.Targets = TargetsSinkhorn
	r := newTraining(t, c, DefaultOptimizer(), 1)
	result := r.step(t, hyper(1), views(1, 4))
	if result.centerNorm != 0 || math.IsNaN(result.loss) {
		t.Errorf("loss %g with a center of norm %g, want a number and 0", result.loss, result.centerNorm)
	}
	for _, name := range sorted(r.state(t)) {
		if strings.HasPrefix(name, "dino_loss") {
			t.Errorf("the model has a variable %s", name)
		}
	}
}
