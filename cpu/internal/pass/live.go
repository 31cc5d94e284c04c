package pass

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Live drops the nodes that no result depends on, in closures too. Parameters stay.
func Live(f *graph.Function) {
	live := map[*graph.Node]bool{}
	for _, r := range f.Results {
		live[r.Node] = true
	}
	var kept []*graph.Node
	for i := len(f.Nodes) - 1; i >= 0; i-- {
		n := f.Nodes[i]
		if !live[n] && n.Op != compute.OpTypeParameter && n.Op != compute.OpTypeCapturedValue {
			continue
		}
		kept = append(kept, n)
		for _, in := range n.Inputs {
			live[in.Node] = true
		}
		for _, b := range n.Bodies {
			Live(b)
		}
	}
	for i, j := 0, len(kept)-1; i < j; i, j = i+1, j-1 {
		kept[i], kept[j] = kept[j], kept[i]
	}
	f.Nodes = kept
}
