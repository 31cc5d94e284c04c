// Package pass rewrites graphs before they are lowered, one rewriting a file.
package pass

import "github.com/dino-go/dino/cpu/internal/graph"

// Run applies all passes to a function and its closures.
func Run(f *graph.Function) error {
	Live(f)
	Simplify(f)
	Share(f)
	Live(f)
	Narrow(f)
	Share(f)
	Live(f)
	Assemble(f)
	Live(f)
	Attention(f)
	Excess(f)
	Live(f)
	return nil
}
