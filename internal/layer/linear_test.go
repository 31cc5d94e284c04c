package layer

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowLinear is y[n,o] = Σ_i x[n,i]·weight[o,i] + bias[o] in float64; bias may be nil.
func slowLinear(x, weight, bias []float32, in, out int) []float64 {
	rows := len(x) / in
	y := make([]float64, rows*out)
	for n := range rows {
		for o := range out {
			if bias != nil {
				y[n*out+o] = float64(bias[o])
			}
			for i := range in {
				y[n*out+o] += float64(x[n*in+i]) * float64(weight[o*in+i])
			}
		}
	}
	return y
}

func TestLinearEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lead := rapid.SliceOfN(rapid.IntRange(1, 4), 0, 3).Draw(t, "leading dims")
		in, out := rapid.IntRange(1, 6).Draw(t, "in"), rapid.IntRange(1, 6).Draw(t, "out")
		bias := rapid.Bool().Draw(t, "bias")
		dims, size := append(lead, in), in
		for _, d := range lead {
			size *= d
		}
		x, store := graphtest.Normal(1, size), model.NewStore()
		store.SetParam("/"+ParamSeed, rapid.Uint64().Draw(t, "seed"))
		init := Torch(in)
		if !bias {
			init = init.WithoutBias()
		}
		y := graphtest.Call(t, store, func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
			return []*graph.Node{Linear(scope.At("fc"), inputs[0], out, init)}
		}, graphtest.Tensor(x, dims...))[0]
		if got := y.Shape().Dimensions; len(got) != len(dims) || got[len(got)-1] != out {
			t.Fatalf("input %v gives %v, want the last axis %d", dims, got, out)
		}
		weight := values(t, store, "/fc/weight", out, in)
		var b []float32
		if bias {
			b = values(t, store, "/fc/bias", out)
		} else if store.GetVariable("/fc/bias") != nil {
			t.Error("a layer without bias has the variable")
		}
		testkit.AllClose(t, "linear", graphtest.Float64s(graphtest.Floats(y)), slowLinear(x, weight, b, in, out), 1e-5)
	})
}

// values reads a variable, which must have the given shape.
func values(t *rapid.T, store *model.Store, path string, dims ...int) []float32 {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("there is no variable %s", path)
	}
	if err := v.Shape().CheckDims(dims...); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return graphtest.Floats(v.MustValue())
}

func TestLinearComputesInTheTypeOfItsInput(t *testing.T) {
	store := model.NewStore()
	graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		y := Linear(scope, graph.ConvertDType(in[0], dtypes.BFloat16), 3, Torch(2))
		if y.DType() != dtypes.BFloat16 {
			t.Errorf("the output is %s, want bfloat16", y.DType())
		}
		return []*graph.Node{Float32(y)}
	}, graphtest.Tensor([]float32{1, 2}, 1, 2))
	for v := range store.IterVariables() {
		if v.DType() != dtypes.Float32 {
			t.Errorf("%s is %s, want float32", v.Path(), v.DType())
		}
	}
}

func TestLinearRejects(t *testing.T) {
	for name, test := range map[string]struct {
		build func(scope *model.Scope, x *graph.Node) *graph.Node
		want  string
	}{
		"scalar": {func(scope *model.Scope, x *graph.Node) *graph.Node {
			return Linear(scope.At("fc"), graph.ReduceAllSum(x), 3, Torch(1))
		}, "layer: linear /fc needs an input of rank 1 or more"},
		"other width": {func(scope *model.Scope, x *graph.Node) *graph.Node {
			return MatMulTransposed(x, graph.IotaFull(x.Graph(), shapes.Make(dtypes.Float32, 4, 3)))
		}, "layer: an input of width 2 does not fit a weight of shape [4, 3]"},
		"weight of another network": {func(scope *model.Scope, x *graph.Node) *graph.Node {
			Linear(scope.At("fc"), x, 3, Torch(2))
			return Linear(scope.At("fc"), x, 4, Torch(2))
		}, "layer: variable /fc/weight is (Float32)[3, 2]: this network needs (Float32)[4, 2]"},
	} {
		t.Run(name, func(t *testing.T) {
			build := func(scope *model.Scope, in []*graph.Node) []*graph.Node {
				return []*graph.Node{test.build(scope, in[0])}
			}
			if err := graphtest.Error(t, model.NewStore(), build,
				graphtest.Tensor([]float32{1, 2}, 1, 2)); !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want %q in it", err, test.want)
			}
		})
	}
}
