package cpu_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/cpu"
)

// What an execution takes is known before it runs: the intermediate value, the result and the
// constant of a graph, which grow with its inputs.
func TestPlannedMemory(t *testing.T) {
	engine, err := cpu.New("parallelism=2")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Finalize()
	plan := func(n int) cpu.Memory {
		constant := make([]float32, 128)
		for i := range constant {
			constant[i] = float32(i*i%7) - 3
		}
		exec := graph.MustNewExec(engine, func(x *graph.Node) *graph.Node {
			hidden := graph.MatMul(x, graph.Transpose(x, 0, 1)) // [n, n], which has to lie somewhere
			return graph.Add(graph.MatMul(hidden, x), graph.InsertAxes(graph.Const(x.Graph(), constant), 0))
		})
		defer exec.Finalize()
		g, err := exec.Compile(shapes.Make(dtypes.Float32, n, 128))
		if err != nil {
			t.Fatal(err)
		}
		m, ok := cpu.PlannedMemory(g.Executable())
		if !ok {
			t.Fatal("nothing is known of an executable of the engine")
		}
		return m
	}
	small, large := plan(64), plan(256)
	for n, m := range map[int]cpu.Memory{64: small, 256: large} {
		if hidden := 4 * n * n; m.Temporaries < hidden || m.Temporaries > 4*hidden+4*4*n*128 {
			t.Errorf("n = %d: %d bytes of intermediate values, of which one is %d", n, m.Temporaries, hidden)
		}
		if m.Constants < 4*128 || m.Total() != m.Temporaries+m.Results+m.Constants {
			t.Errorf("n = %d: %+v in all %d", n, m, m.Total())
		}
	}
	if _, ok := cpu.PlannedMemory(nil); ok {
		t.Error("something is known of no executable")
	}
}
