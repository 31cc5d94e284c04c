package pass

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// eliminateCommonSubexpressions computes equal expressions once: the results of a node take the
// place of those of every later node with the same operation, attributes and inputs. Parameters,
// random numbers and control flow are left alone.
func eliminateCommonSubexpressions(f *graph.Function) {
	r := newRewiring(f)
	ids := map[*graph.Value]int{}
	first := map[string]*graph.Node{}
	for _, n := range f.Nodes {
		r.inputs(n)
		for _, o := range n.Outputs {
			ids[o] = len(ids)
		}
		if !isPure(n) {
			continue
		}
		key := keyOf(n, ids)
		if same := first[key]; same != nil && sameConstant(n, same) {
			for i, o := range n.Outputs {
				r.replace(o, same.Outputs[i])
			}
		} else {
			first[key] = n
		}
	}
	r.apply()
}

// isPure tells whether a node computes the same from the same inputs each time, and nothing else
// depends on how often it is computed.
func isPure(n *graph.Node) bool {
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
