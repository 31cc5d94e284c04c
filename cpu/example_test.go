package cpu_test

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/cpu"
)

// Any GoMLX program runs on the engine: open it and hand it to an executor.
func Example() {
	backend, err := cpu.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()

	norm := graph.MustNewExec(backend, func(x *graph.Node) *graph.Node {
		return graph.Sqrt(graph.ReduceAllSum(graph.Square(x)))
	})
	fmt.Println(norm.MustCall1([]float32{3, 4}))
	// Output: float32(5)
}

// The number of threads changes how long an execution takes, and nothing else.
func ExampleNew() {
	for _, threads := range []int{1, 2, 7} {
		backend, err := cpu.New(fmt.Sprintf("parallelism=%d", threads))
		if err != nil {
			fmt.Println(err)
			return
		}
		softmax := graph.MustNewExec(backend, func(x *graph.Node) *graph.Node { return graph.Softmax(x, -1) })
		fmt.Println(threads, "threads:", softmax.MustCall1([]float32{0, 0.6931472}))
		backend.Finalize()
	}
	// Output:
	// 1 threads: [2]float32{0.3333, 0.6667}
	// 2 threads: [2]float32{0.3333, 0.6667}
	// 7 threads: [2]float32{0.3333, 0.6667}
}
