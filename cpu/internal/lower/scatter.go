package lower

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
)

// scatter combines updates into windows of a copy of the operand, in the order of the updates;
// windows that do not fit are left out.
func scatter(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Inputs[0].Shape.DType, scatterAs[float32], scatterAs[float64], scatterAs[int64],
		scatterAs[uint64])
}

func scatterAs[T loop.Number](l *lowering, n *graph.Node) error {
	attr := n.Attr.(graph.Scatter)
	operand, indices, updates := n.Inputs[0], n.Inputs[1], n.Inputs[2]
	var kept []int
	sizes := make([]int, operand.Shape.Rank())
	for axis := range sizes {
		sizes[axis] = 1
		if !slices.Contains(attr.InsertedWindowAxes, axis) {
			sizes[axis] = updates.Shape.Dimensions[attr.UpdateWindowAxes[len(kept)]]
			kept = append(kept, axis)
		}
	}
	w := newWindows(operand.Shape.Dimensions, sizes, indices.Shape.Dimensions, attr.IndexVectorAxis,
		attr.ScatterAxesToOperand, kept,
		updates.Shape.Dimensions, attr.UpdateWindowAxes)
	from, at, with := widen[T](l, operand), widen[int64](l, indices), widen[T](l, updates)
	narrow[T](l, n.Outputs[0], func(to int) {
		l.simple("scatter", 1, []int{from, at, with}, []int{to}, func(f *program.Frame, _ int) {
			dst, idx, up := program.View[T](f, to), program.View[int64](f, at), program.View[T](f, with)
			copy(dst, program.View[T](f, from))
			for r, row := range w.rows {
				base, ok := w.start(idx, r)
				if !ok {
					continue
				}
				for i, p := range w.inside {
					dst[base+p] = combine(n.Op, dst[base+p], up[row+w.outside[i]])
				}
			}
		})
	})
	return nil
}

func combine[T loop.Number](op compute.OpType, a, b T) T {
	switch op {
	case compute.OpTypeScatterMax:
		return max(a, b)
	case compute.OpTypeScatterMin:
		return min(a, b)
	}
	return a + b
}
