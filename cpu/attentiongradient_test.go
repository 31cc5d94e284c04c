package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
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
	differentiate := func(d dtypes.DType) func(in []*graph.Node) []*graph.Node {
		return func(in []*graph.Node) []*graph.Node {
			q, k, v := graph.ConvertDType(in[0], d), graph.ConvertDType(in[1], d), graph.ConvertDType(in[2], d)
			p := softmax(graph.Einsum("bhqd,bhkd->bhqk", graph.MulScalar(q, 1/math.Sqrt(width)), k), -1)
			y := wide(graph.Einsum("bhqk,bhkd->bhqd", like(p, v), v))
			gradients := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, in[3])), q, k, v)
			return []*graph.Node{wide(gradients[0]), gradients[1], gradients[2], y}
		}
	}
	// Scores are Σ q·k/4, of 16 terms between 16 and 64: 64 to 256 in all. The gradient of a
	// probability is at most 64, and 8/4 times that goes into an element; its sums may round to 4
	// units. In bfloat16 the probabilities are rounded, and their sum is that of the rounded ones:
	// one of 1 would leave 2⁻⁹ of the gradient of a probability.
	const most = 4 * 64 * 8 / 4 * 0x1p-24
	q := tensors.FromFlatDataAndDimensions(draw(heads*queries*width, 4), 1, heads, queries, width)
	output := tensors.FromFlatDataAndDimensions(draw(heads*queries*width, 1), 1, heads, queries, width)
	k, v, engine := repeated(4), repeated(1), open(t, "")
	for _, d := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		ofQueries, ofKeys := ones(1, heads, queries, width), ones(1, heads, keys, width)
		compiled := kernels(t, differentiate(d), ofQueries, ofKeys, ofKeys, ofQueries)
		if got := named(compiled, "attention gradient"); len(got) != 1 {
			t.Fatalf("%s: kernels %v: want the gradient of an attention", d, got)
		}
		exec := graph.MustNewExec(engine, differentiate(d))
		for i, g := range tensors.MustCopyFlatData[float32](exec.MustCall(q, k, v, output)[0]) {
			if !(math.Abs(float64(g)) <= most) {
				t.Fatalf("%s: element %d of the queries' gradient is %g, want at most %g", d, i, g, most)
			}
		}
		exec.Finalize()
	}
}
