package cpu

import (
	"math"
	"runtime"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/support/testutil"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// garbageOf is the number of bytes that a step allocates once it is under way. Scratch memory,
// which is kept, grows when more threads than before happen to need it at once; so the best of some
// rounds counts.
func garbageOf(step func()) uint64 {
	for range 5 {
		step()
	}
	const rounds, steps = 6, 10
	least := uint64(math.MaxUint64)
	for range rounds {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range steps {
			step()
		}
		runtime.ReadMemStats(&after)
		least = min(least, (after.TotalAlloc-before.TotalAlloc)/steps)
	}
	return least
}

// A step of training makes no garbage but the descriptions of its results.
func TestGarbage(t *testing.T) {
	b := open(t, "parallelism=2")
	const n = 192 * 192
	e := build(t, b, [][]int{{n}, {192, 192}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := testutil.Must1(f.DotGeneral(testutil.Must1(f.Reshape(x[0], 192, 192)), []int{1}, nil, x[1], []int{0}, nil,
			compute.DotGeneralConfig{}))
		z := testutil.Must1(f.Tanh(testutil.Must1(f.Reshape(y, n))))
		return []compute.Value{z, testutil.Must1(f.ReduceSum(z))}
	})
	state, weights := buffer(t, b, make([]float32, n), n), buffer(t, b, make([]float32, n), 192, 192)
	step := func() {
		out, err := e.Execute([]compute.Buffer{state, weights}, []bool{true, false}, 0)
		if err != nil {
			t.Fatal(err)
		}
		state = out[0]
		testutil.Must(out[1].Finalize())
	}
	if perStep := garbageOf(step); perStep > 4096 {
		t.Errorf("%d bytes a step, want at most 4096", perStep)
	}
}

// TestGarbageOfGradients runs a transformer's gradient again and again: what is left for the
// garbage collector is a handle for each parameter and result, of the engine and of GoMLX, and
// little else.
func TestGarbageOfGradients(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	b := open(t, "")
	transformer := smallTransformer{batch: 2, tokens: 17, width: 48, heads: 2, blocks: 2}
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16, dtypes.Float16, dtypes.Float64} {
		exec := graph.MustNewExec(b, func(in []*graph.Node) []*graph.Node {
			y := graph.ConvertDType(transformer.forward(in, precision), dtypes.Float32)
			return append(graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), in[1:]...), y)
		})
		inputs := transformer.inputs()
		step := func() {
			out, err := exec.Call(inputs...)
			if err != nil {
				t.Fatal(err)
			}
			finalize(out)
		}
		const handle = 640
		if perStep, most := garbageOf(step), 4096+handle*uint64(len(inputs)-1); perStep > most {
			t.Errorf("%s: %d bytes a step with %d parameters, want at most %d", precision, perStep, len(inputs)-1, most)
		}
	}
}

func finalize(list []*tensors.Tensor) {
	for _, x := range list {
		x.MustFinalizeAll()
	}
}
