package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// TestAttentionGradientOfEqualKeys has keys that are all equal, and values that are all equal: the
// queries' gradients are 0, as differences of equal numbers. What rounding leaves of them is in
// proportion to the gradients of the probabilities, and not to the scores, which are large.
func TestAttentionGradientOfEqualKeys(t *testing.T) {
	const heads, queries, keys, width = 5, 9, 7, 16
	random := rand.New(rand.NewPCG(testseed.Seed(t), 0))
	draw := func(n int, scale float64) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(scale * (1 + random.Float64()))
		}
		return x
	}
	repeated := func(scale float64) *tensors.Tensor {
		var x []float32
		for range heads {
			row := draw(width, scale)
			for range keys {
				x = append(x, row...)
			}
		}
		return tensors.FromFlatDataAndDimensions(x, 1, heads, keys, width)
	}
	differentiate := func(in []*graph.Node) []*graph.Node {
		q, k, v := in[0], in[1], in[2]
		p := softmax(graph.Einsum("bhqd,bhkd->bhqk", graph.MulScalar(q, 1/math.Sqrt(width)), k), -1)
		y := graph.Einsum("bhqk,bhkd->bhqd", p, v)
		return append(graph.Gradient(graph.ReduceAllSum(graph.Mul(y, in[3])), q, k, v), y)
	}
	ofQueries, ofKeys := ones(1, heads, queries, width), ones(1, heads, keys, width)
	if got := named(kernels(t, differentiate, ofQueries, ofKeys, ofKeys, ofQueries),
		"attention gradient"); len(got) != 1 {
		t.Fatalf("kernels %v: want the gradient of an attention", got)
	}
	exec := graph.MustNewExec(open(t, ""), differentiate)
	defer exec.Finalize()
	// Scores are Σ q·k/4, of 16 terms between 16 and 64: 64 to 256 in all. The gradient of a
	// probability is at most 64, and 8/4 times that goes into an element; its sums may round to 4
	// units.
	q := tensors.FromFlatDataAndDimensions(draw(heads*queries*width, 4), 1, heads, queries, width)
	output := tensors.FromFlatDataAndDimensions(draw(heads*queries*width, 1), 1, heads, queries, width)
	const most = 4 * 64 * 8 / 4 * 0x1p-24
	for i, g := range tensors.MustCopyFlatData[float32](exec.MustCall(q, repeated(4), repeated(1), output)[0]) {
		if !(math.Abs(float64(g)) <= most) {
			t.Fatalf("element %d of the queries' gradient is %g, want at most %g", i, g, most)
		}
	}
}
