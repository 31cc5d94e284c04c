package cpu_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/vit"
)

// gradients computes, on an engine, the features of a small transformer and the gradients of a weighted sum of them for all parameters.
func gradients(t *testing.T, engine string, c vit.Config, batch int, precision dtypes.DType) (names []string, values [][]float32) {
	t.Helper()
	b, err := backend.Open(engine)
	if err != nil {
		t.Fatal(err)
	}
	return gradientsOn(t, b, c, batch, precision)
}

func gradientsOn(t *testing.T, b compute.Backend, c vit.Config, batch int, precision dtypes.DType) (names []string, values [][]float32) {
	t.Helper()
	exec, images, parameters := gradientsExec(t, b, c, batch, precision)
	out, err := exec.Call(images)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		values = append(values, tensors.MustCopyFlatData[float32](o))
	}
	return append([]string{"features"}, parameters()...), values
}

// gradientsExec makes the computation of gradients and its input; the names of the parameters are known when it has run.
func gradientsExec(t *testing.T, b compute.Backend, c vit.Config, batch int, precision dtypes.DType) (exec *model.Exec, images *tensors.Tensor, names func() []string) {
	t.Helper()
	var parameterNames []string
	m, err := vit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	exec, err = model.NewExec(b, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		x := in[0]
		if precision != dtypes.Float32 {
			x = graph.ConvertDType(x, precision)
		}
		y := graph.ConvertDType(m.Forward(scope.At("vit"), x), dtypes.Float32)
		var parameters []*graph.Node
		var byName map[string]*model.Variable
		parameterNames, byName = variables.Within(store, "/vit")
		for _, name := range parameterNames {
			parameters = append(parameters, byName[name].NodeValue(x.Graph()))
		}
		return append([]*graph.Node{y}, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, graph.Sin(graph.MulScalar(graph.IotaFull(y.Graph(), y.Shape()), 1.3)))), parameters...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	size := c.ImageSize[0]
	pixels := make([]float32, batch*3*size*size)
	for i := range pixels {
		pixels[i] = float32(math.Sin(float64(i) * 0.7))
	}
	return exec, tensors.FromFlatDataAndDimensions(pixels, batch, 3, size, size), func() []string { return parameterNames }
}

// TestGarbageOfGradients runs a transformer's gradient again and again: what is left for the garbage collector is a handle for each parameter
// and result, of the engine and of GoMLX, and little else.
func TestGarbageOfGradients(t *testing.T) {
	if cpu.RaceDetector {
		t.Skip("the race detector allocates")
	}
	b, err := backend.Open(cpu.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		exec, images, names := gradientsExec(t, b, vit.Custom(48, 8, 64, 6, 2), 4, precision)
		step := func() {
			out, err := exec.Call(images)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				o.MustFinalizeAll()
			}
		}
		perStep := cpu.GarbageOf(step) // first, as names are known when a step has run
		const handle = 640
		if most := 4096 + handle*uint64(len(names())); perStep > most {
			t.Errorf("%s: %d bytes a step with %d parameters, want at most %d", precision, perStep, len(names()), most)
		}
	}
}

// Gradients of whole transformers agree with those of compute's own engine: every pass of the compiler has something to do in them.
func TestTransformerEqualsStockEngine(t *testing.T) {
	if cpu.RaceDetector {
		t.Skip("compute's own engine does not run under the race detector")
	}
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		for _, c := range []vit.Config{vit.Custom(32, 8, 20, 2, 2), vit.Custom(24, 8, 48, 3, 3), vit.Custom(48, 8, 64, 1, 1), vit.Custom(24, 8, 20, 2, 2), vit.Custom(144, 8, 16, 1, 2)} {
			for _, batch := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/%d/%d", precision, c.EmbedDim, batch), func(t *testing.T) {
					names, want := gradients(t, "go", c, batch, precision)
					_, got := gradients(t, "cpu", c, batch, precision)
					tolerance := 2e-5
					if precision == dtypes.BFloat16 {
						tolerance = 0.1
					}
					for i, name := range names {
						if d := distance(got[i], want[i]); !(d <= tolerance) {
							t.Errorf("%s: relative distance %.2g, want at most %g", name, d, tolerance)
						}
					}
				})
			}
		}
	}
}

// distance is ‖a − b‖/‖b‖.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range b {
		d += float64(a[i]-b[i]) * float64(a[i]-b[i])
		n += float64(b[i]) * float64(b[i])
	}
	if n == 0 {
		return math.Sqrt(d)
	}
	return math.Sqrt(d / n)
}

// The gradients of a transformer have the same bits on any number of threads.
func TestTransformerIsDeterministic(t *testing.T) {
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		var want [][]float32
		for _, threads := range []int{1, 2, 3, 16, 2} {
			b, err := cpu.New(fmt.Sprintf("parallelism=%d", threads))
			if err != nil {
				t.Fatal(err)
			}
			names, got := gradientsOn(t, b, vit.Custom(32, 4, 96, 2, 3), 2, precision)
			if want == nil {
				want = got
			}
			for i, name := range names {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s, %d threads: %s differs from that on one thread", precision, threads, name)
				}
			}
			b.Finalize()
		}
	}
}
