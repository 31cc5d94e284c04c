// Package pass rewrites graphs before they are lowered, one rewriting a file.
package pass

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Run applies all passes to a function and its closures.
func Run(f *graph.Function) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("rewriting the graph: %v", r)
		}
	}()
	Live(f)
	NaNsLast(f)
	Simplify(f)
	Share(f)
	Live(f)
	Narrow(f)
	Share(f)
	Live(f)
	Assemble(f)
	Live(f)
	Attention(f)
	Gelu(f)
	Excess(f)
	Live(f)
	Bias(f)
	Live(f)
	return nil
}
