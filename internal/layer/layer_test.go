package layer

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// seeded returns a store whose initial values come from a seed.
func seeded(seed uint64) *model.Store {
	store := model.NewStore()
	store.SetParam("/"+ParamSeed, seed)
	return store
}

func TestParameterIsCreatedOnceAndShared(t *testing.T) {
	store := seeded(1)
	graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		a := Parameter(scope.At("net"), in[0].Graph(), "weight", Normal(1), 2, 3)
		b := Parameter(scope.At("net"), in[0].Graph(), "weight", Normal(1), 2, 3)
		if a != b {
			t.Error("two uses of a parameter are two nodes of the graph")
		}
		return []*graph.Node{a}
	}, graphtest.Tensor([]float32{1}, 1))
	v := store.GetVariable("/net/weight")
	if store.NumVariables() != 1 || v == nil || !v.Trainable || v.DType() != dtypes.Float32 {
		t.Errorf("the store has %d variables and /net/weight is %v", store.NumVariables(), v)
	}
}

// Values do not depend on what was created before, nor on the engine, which never sees the random
// numbers.
func TestInitialValuesDoNotDependOnOrder(t *testing.T) {
	create := func(names ...string) map[string][]float32 {
		store, out := seeded(5), map[string][]float32{}
		graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			var out []*graph.Node
			for _, name := range names {
				out = append(out, Parameter(scope.At("net"), in[0].Graph(), name, Normal(1), 4))
			}
			return out
		}, graphtest.Tensor([]float32{1}, 1))
		for _, name := range names {
			out[name] = graphtest.Floats(store.GetVariable("/net/" + name).MustValue())
		}
		return out
	}
	forward, backward, alone := create("a", "b", "c"), create("c", "b", "a"), create("b")
	for name, want := range forward {
		if !slices.Equal(backward[name], want) {
			t.Errorf("%s depends on the order of creation", name)
		}
	}
	if !slices.Equal(alone["b"], forward["b"]) {
		t.Error("b depends on the variables beside it")
	}
	if slices.Equal(forward["a"], forward["b"]) {
		t.Error("a and b start equal")
	}
}

func TestBufferAndCounterAreNotTrained(t *testing.T) {
	store := model.NewStore()
	if _, err := store.CreateVariable("/loaded", graphtest.Tensor([]float32{9}, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateVariable("/seen", tensors.FromValue(int64(4))); err != nil {
		t.Fatal(err)
	}
	scope := store.RootScope()
	buffers := []*model.Variable{
		Buffer(scope, "fresh", Constant(2), 1), Buffer(scope, "loaded", Constant(2), 1),
		Counter(scope, "zero"), Counter(scope, "seen"),
	}
	for _, v := range buffers {
		if v.Trainable {
			t.Errorf("%s is trainable", v.Path())
		}
	}
	got := []float32{graphtest.Floats(buffers[0].MustValue())[0], graphtest.Floats(buffers[1].MustValue())[0]}
	if want := []float32{2, 9}; !slices.Equal(got, want) {
		t.Errorf("buffers are %v, want %v: an initial value for the new one, the loaded one as it was", got, want)
	}
	zero, seen := tensors.ToScalar[int64](buffers[2].MustValue()), tensors.ToScalar[int64](buffers[3].MustValue())
	if zero != 0 || seen != 4 {
		t.Errorf("counters are %d and %d, want 0 and 4", zero, seen)
	}
}

func TestParameterRejectsTheVariableOfAnotherNetwork(t *testing.T) {
	for name, loaded := range map[string]*tensors.Tensor{
		"shape": graphtest.Tensor([]float32{1, 2}, 2),
		"type":  tensors.FromValue([]float64{1, 2, 3}),
	} {
		store := model.NewStore()
		if _, err := store.CreateVariable("/net/weight", loaded); err != nil {
			t.Fatal(err)
		}
		err := graphtest.Error(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{Parameter(scope.At("net"), in[0].Graph(), "weight", Normal(1), 3)}
		}, graphtest.Tensor([]float32{1}, 1))
		if !strings.Contains(err.Error(), "layer: variable /net/weight is ") ||
			!strings.Contains(err.Error(), "needs (Float32)[3]") {
			t.Errorf("%s: got %q", name, err)
		}
	}
}
