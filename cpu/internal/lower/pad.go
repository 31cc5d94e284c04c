package lower

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/view"
)

// pad fills the result with the padding value and copies the operand over it. Negative padding
// cuts.
func pad(l *lowering, n *graph.Node) error {
	in, value, out := n.Inputs[0], n.Inputs[1], n.Outputs[0]
	slot := l.out(out)
	fill := l.view(value)
	fill.view = fill.view.Broadcast(out.Shape.Dimensions, nil)
	l.copyTo(fill, place{slot, view.Of(out.Shape.Dimensions)}, out.Shape)

	from, to := l.view(in), place{slot, view.Of(out.Shape.Dimensions)}
	shape := in.Shape.Clone()
	axes := n.Attr.(graph.Pad).Axes
	for i := range shape.Dimensions {
		var p compute.PadAxis
		if i < len(axes) {
			p = axes[i]
		}
		step := p.Interior + 1
		// Elements lo up to hi of the operand land inside of the result, at p.Start + step·index.
		lo, hi := 0, in.Shape.Dimensions[i]
		for lo < hi && p.Start+step*lo < 0 {
			lo++
		}
		for hi > lo && p.Start+step*(hi-1) >= out.Shape.Dimensions[i] {
			hi--
		}
		from.view.Offset += lo * from.view.Strides[i]
		to.view.Offset += (p.Start + step*lo) * to.view.Strides[i]
		shape.Dimensions[i] = hi - lo
		from.view = withAxis(from.view, i, hi-lo, from.view.Strides[i])
		to.view = withAxis(to.view, i, hi-lo, to.view.Strides[i]*step)
	}
	l.copyTo(from, to, shape)
	return nil
}

// withAxis returns v with another length and stride along an axis.
func withAxis(v view.View, axis, dim, stride int) view.View {
	w := view.View{Offset: v.Offset, Dims: append([]int(nil), v.Dims...), Strides: append([]int(nil), v.Strides...)}
	w.Dims[axis], w.Strides[axis] = dim, stride
	return w
}
