package pass

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// eliminateDeadCode removes the nodes that no result depends on. Parameters and captured values
// stay: callers pass arguments for them by position.
func eliminateDeadCode(f *graph.Function) {
	live := f.Live()
	f.Nodes = slices.DeleteFunc(f.Nodes, func(n *graph.Node) bool {
		return !live[n] && n.Op != compute.OpTypeParameter && n.Op != compute.OpTypeCapturedValue
	})
}
