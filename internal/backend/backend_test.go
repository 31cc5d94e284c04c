package backend

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

func TestNames(t *testing.T) {
	names := Names()
	if names[0] != Auto || !slices.Contains(names, "go") || !slices.IsSorted(names[1:]) {
		t.Errorf("names are %v, want auto, then the engines sorted, go among them", names)
	}
	for _, name := range names {
		b, err := Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := Describe(b); !strings.HasPrefix(got, b.Name()) || strings.Contains(got, "\n") {
			t.Errorf("%s is described as %q", name, got)
		}
	}
}

func TestOpenUnknown(t *testing.T) {
	for _, name := range []string{"cuda", "", "Go", "go "} {
		_, err := Open(name)
		if err == nil {
			t.Errorf("%q was opened", name)
			continue
		}
		for _, want := range []string{"backend: unknown engine", strings.Join(Names(), ", "), "-tags xla"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q lacks %q", name, err, want)
			}
		}
	}
}

// branches is a graph of independent chains of products and elementwise operations, forward and
// backward: the kind of graph in which a bounded pool of workers can deadlock.
func branches(x *graph.Node) *graph.Node {
	const chains, depth = 8, 3
	var ends []*graph.Node
	for i := range chains {
		y := graph.MulScalar(x, 1/float64(i+1))
		for range depth {
			y = graph.Tanh(graph.Dot(y, y).Product())
		}
		ends = append(ends, graph.ReduceAllSum(y))
	}
	loss := graph.ReduceAllSum(graph.Stack(ends, 0))
	return graph.Add(loss, graph.ReduceAllSum(graph.Gradient(loss, x)[0]))
}

func TestIndependentBranchesDoNotHang(t *testing.T) {
	b, err := Open("go")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- runMany(b, 200) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the engine hangs")
	}
}

func runMany(b compute.Backend, times int) error {
	exec, err := graph.NewExec(b, branches)
	if err != nil {
		return err
	}
	x := tensors.FromShape(shapes.Make(dtypes.Float32, 32, 32))
	tensors.MustMutableFlatData(x, func(flat []float32) {
		for i := range flat {
			flat[i] = float32(i%7)/7 - 0.4
		}
	})
	for range times {
		if _, err := exec.Call(x); err != nil {
			return err
		}
	}
	return nil
}
