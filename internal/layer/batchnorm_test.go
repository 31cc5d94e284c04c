package layer

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowBatchNorm is torch.nn.BatchNorm1d in float64, with weight 1 and bias 0.
type slowBatchNorm struct {
	eps, momentum float64
	mean, square  []float64 // running statistics
	batches       int64
}

func (s *slowBatchNorm) train(x []float32, d int) []float64 {
	n, y := len(x)/d, make([]float64, len(x))
	s.batches++
	for j := range d {
		mean, variance := 0.0, 0.0
		for i := range n {
			mean += float64(x[i*d+j]) / float64(n)
		}
		for i := range n {
			variance += (float64(x[i*d+j]) - mean) * (float64(x[i*d+j]) - mean) / float64(n)
		}
		for i := range n {
			y[i*d+j] = (float64(x[i*d+j]) - mean) / math.Sqrt(variance+s.eps)
		}
		unbiased := variance * float64(n) / float64(max(n-1, 1))
		s.mean[j] += s.momentum * (mean - s.mean[j])
		s.square[j] += s.momentum * (unbiased - s.square[j])
	}
	return y
}

func (s *slowBatchNorm) evaluate(x []float32, d int) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (float64(v) - s.mean[i%d]) / math.Sqrt(s.square[i%d]+s.eps)
	}
	return y
}

func newSlowBatchNorm(b BatchNorm, d int) *slowBatchNorm {
	s := &slowBatchNorm{eps: b.Eps, momentum: b.Momentum, mean: make([]float64, d), square: make([]float64, d)}
	for j := range s.square {
		s.square[j] = 1
	}
	return s
}

func TestBatchNormEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, d := rapid.IntRange(1, 6).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "d")
		norm := BatchNorm{
			Eps:      rapid.SampledFrom([]float64{1e-5, 0.1}).Draw(t, "eps"),
			Momentum: rapid.SampledFrom([]float64{0.1, 0.5, 1}).Draw(t, "momentum"),
		}
		slow, store := newSlowBatchNorm(norm, d), model.NewStore()
		pass := func(training bool, x []float32) []float64 {
			y := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
				return []*graph.Node{norm.Forward(scope.At("1"), in[0], training)}
			}, graphtest.Tensor(x, n, d))[0]
			return graphtest.Float64s(graphtest.Floats(y))
		}
		for step := range 3 {
			x := graphtest.Normal(uint64(step), n*d)
			testkit.AllClose(t, "training", pass(true, x), slow.train(x, d), 1e-3)
			testkit.AllClose(t, "evaluation", pass(false, x), slow.evaluate(x, d), 1e-3)
			mean, square := store.GetVariable("/1/running_mean").MustValue(),
				store.GetVariable("/1/running_var").MustValue()
			testkit.AllClose(t, "running_mean", graphtest.Float64s(graphtest.Floats(mean)), slow.mean, 1e-5)
			testkit.AllClose(t, "running_var", graphtest.Float64s(graphtest.Floats(square)), slow.square, 1e-5)
			tracked := store.GetVariable("/1/num_batches_tracked").MustValue()
			if got := tensors.ToScalar[int64](tracked); got != slow.batches {
				t.Errorf("num_batches_tracked is %d, want %d", got, slow.batches)
			}
		}
	})
}

func TestBatchNormTrainsWeightAndBiasOnly(t *testing.T) {
	store := model.NewStore()
	graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{BatchNorm{Eps: 1e-5, Momentum: 0.1}.Forward(scope, in[0], true)}
	}, graphtest.Tensor([]float32{1, 2}, 2, 1))
	want := map[string]bool{
		"/weight": true, "/bias": true, "/running_mean": false, "/running_var": false,
		"/num_batches_tracked": false,
	}
	for v := range store.IterVariables() {
		trainable, ok := want[v.Path()]
		if !ok || trainable != v.Trainable {
			t.Errorf("%s is trainable: %t, want %t (known: %t)", v.Path(), v.Trainable, trainable, ok)
		}
		delete(want, v.Path())
	}
	if len(want) > 0 {
		t.Errorf("missing variables: %v", want)
	}
}
