package pass

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Share computes equal expressions once: nodes of the same operation, attributes and inputs become
// one. Parameters, random numbers and control flow are left alone.
func Share(f *graph.Function) {
	to := map[*graph.Value]*graph.Value{}
	ids := map[*graph.Value]int{}
	first := map[string]*graph.Node{}
	for _, n := range f.Nodes {
		for i, in := range n.Inputs {
			if r := to[in]; r != nil {
				n.Inputs[i] = r
			}
		}
		for _, o := range n.Outputs {
			ids[o] = len(ids)
		}
		for _, b := range n.Bodies {
			Share(b)
		}
		if !shareable(n) {
			continue
		}
		key := keyOf(n, ids)
		if same := first[key]; same != nil && sameConstant(n, same) {
			for i, o := range n.Outputs {
				to[o] = same.Outputs[i]
			}
		} else {
			first[key] = n
		}
	}
	for i, r := range f.Results {
		if v := to[r]; v != nil {
			f.Results[i] = v
		}
	}
}

func shareable(n *graph.Node) bool {
	switch n.Op {
	case compute.OpTypeParameter, compute.OpTypeCapturedValue, compute.OpTypeRNGBitGenerator,
		compute.OpTypeOptimizationBarrier,
		compute.OpTypeSchedulingBarrier:
		return false
	}
	return len(n.Bodies) == 0
}

// sameConstant compares the bytes of two constants whose keys are equal; it is true for other
// nodes.
func sameConstant(a, b *graph.Node) bool {
	x, ok := a.Attr.(graph.Constant)
	return !ok || bytes.Equal(x.Data, b.Attr.(graph.Constant).Data)
}

var seed = maphash.MakeSeed()

// keyOf describes what a node computes; of constants of more than a few bytes it has a hash.
func keyOf(n *graph.Node, ids map[*graph.Value]int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d %s", n.Op, n.Outputs[0].Shape)
	switch attr := n.Attr.(type) {
	case graph.Constant:
		if len(attr.Data) > 64 {
			fmt.Fprintf(&s, " %d %x", len(attr.Data), maphash.Bytes(seed, attr.Data))
		} else {
			fmt.Fprintf(&s, " %x", attr.Data)
		}
	case nil:
	default:
		fmt.Fprintf(&s, " %v", attr)
	}
	for _, in := range n.Inputs {
		fmt.Fprintf(&s, " %d", ids[in])
	}
	return s.String()
}
