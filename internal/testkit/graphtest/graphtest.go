// Package graphtest runs small graphs in tests. It is imported by tests only.
//
// They run on the engine that the program would choose; the environment variable DINO_TEST_BACKEND
// names another one. `make test` runs the method a second time on the stock engine "go", which is
// the yardstick.
package graphtest

import (
	"cmp"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
)

// TB is the part of a test that this package needs; *testing.T and *rapid.T have it.
type TB interface {
	Helper()
	Fatal(args ...any)
}

// BackendVariable names the environment variable that replaces the engine.
const BackendVariable = "DINO_TEST_BACKEND"

var open = sync.OnceValues(func() (compute.Backend, error) {
	return backend.Open(engineName())
})

// Open returns the engine of a test binary. All tests share it, so a store can go from one test
// helper to the next.
func Open(t TB) compute.Backend {
	t.Helper()
	b, err := open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// OnThreads opens another engine of the same kind, for so many threads, whatever the number of
// cores. It is the caller's to finalize.
func OnThreads(t TB, threads int) compute.Backend {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads)) // engines take as many as that when they are opened
	b, err := backend.Open(engineName())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func engineName() string { return cmp.Or(os.Getenv(BackendVariable), backend.Auto) }

// Build makes a graph out of its inputs, over the variables of a store.
type Build func(scope *model.Scope, inputs []*graph.Node) []*graph.Node

// Call builds a graph over a store, runs it once and returns its outputs.
func Call(t TB, store *model.Store, build Build, inputs ...*tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	outputs, err := run(t, store, build, inputs)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

// Error returns the error of a graph that must not build or run.
func Error(t TB, store *model.Store, build Build, inputs ...*tensors.Tensor) error {
	t.Helper()
	_, err := run(t, store, build, inputs)
	if err == nil {
		t.Fatal("the graph was built and run without an error")
	}
	return err
}

func run(t TB, store *model.Store, build Build, inputs []*tensors.Tensor) ([]*tensors.Tensor, error) {
	t.Helper()
	exec, err := model.NewExec(Open(t), store,
		func(scope *model.Scope, in []*graph.Node) []*graph.Node { return build(scope, in) })
	if err != nil {
		return nil, err
	}
	args := make([]any, len(inputs))
	for i, input := range inputs {
		args[i] = input
	}
	return exec.Call(args...)
}

// Tensor makes a float32 tensor of values in row-major order.
func Tensor(values []float32, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// Floats copies the values of a float32 tensor.
func Floats(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }

// Normal draws n values from N(0, 1).
func Normal(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}

// Float64s widens values, for oracles that compute in float64.
func Float64s(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}
