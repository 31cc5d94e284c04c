package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/view"
)

// concatenate copies every operand, in whatever view it comes, to its part of the result.
func concatenate(l *lowering, n *graph.Node) error {
	out, axis := n.Outputs[0], n.Attr.(graph.Axis).Axis
	slot := l.out(out)
	starts := make([]int, out.Shape.Rank())
	limits := slices.Clone(out.Shape.Dimensions)
	for _, in := range n.Inputs {
		limits[axis] = starts[axis] + in.Shape.Dimensions[axis]
		l.copyTo(l.view(in), place{slot, view.Of(out.Shape.Dimensions).Slice(starts, limits, nil)}, in.Shape)
		starts[axis] = limits[axis]
	}
	return nil
}
