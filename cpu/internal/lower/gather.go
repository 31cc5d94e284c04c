package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// windows is the geometry that gather and scatter share: one window of the operand for each index
// vector.
type windows struct {
	batch   view.View // the index vectors' first components, in the memory of the indices
	step    int       // between the components of an index vector
	axes    []int     // operand axis of each component
	strides []int     // of those axes
	limits  []int     // largest start along those axes
	inside  []int     // places of the window's elements relative to its start, in the operand
	outside []int     // the same in the other tensor
	rows    []int     // where the window of each index vector begins in the other tensor
}

// newWindows describes windows of the given sizes (one a kept axis, 1 for the others) of a dense
// operand. The other tensor has the axes windowAxes for the kept axes of the window and the rest
// for the index vectors.
func newWindows(operand, sizes, indices []int, vectorAxis int, startMap, kept []int, other []int,
	windowAxes []int,
) *windows {
	w := &windows{axes: startMap}
	at := view.Of(indices)
	if vectorAxis < len(indices) {
		w.step = at.Strides[vectorAxis]
		at.Dims, at.Strides = slices.Delete(at.Dims, vectorAxis, vectorAxis+1),
			slices.Delete(at.Strides, vectorAxis, vectorAxis+1)
	}
	w.batch = at
	in, out := view.Of(operand), view.Of(other)
	for _, axis := range startMap {
		w.strides = append(w.strides, in.Strides[axis])
		w.limits = append(w.limits, operand[axis]-sizes[axis])
	}
	inside, outside, rows := view.View{}, view.View{}, view.View{}
	for i, axis := range kept {
		inside.Dims = append(inside.Dims, other[windowAxes[i]])
		inside.Strides = append(inside.Strides, in.Strides[axis])
		outside.Dims = append(outside.Dims, other[windowAxes[i]])
		outside.Strides = append(outside.Strides, out.Strides[windowAxes[i]])
	}
	for i := range other {
		if !slices.Contains(windowAxes, i) {
			rows.Dims = append(rows.Dims, other[i])
			rows.Strides = append(rows.Strides, out.Strides[i])
		}
	}
	w.inside, w.outside, w.rows = places(inside), places(outside), places(rows)
	return w
}

// places lists where the elements of a view lie, in row-major order.
func places(v view.View) []int {
	list := make([]int, v.Size())
	for i := range list {
		list[i] = v.At(i)
	}
	return list
}

// start is where window i begins in the operand, with its index brought inside; ok is false if it
// lay outside.
func (w *windows) start(indices []int64, i int) (at int, ok bool) {
	base := w.batch.At(i)
	ok = true
	for c, stride := range w.strides {
		k := int(indices[base+c*w.step])
		inside := max(0, min(k, w.limits[c]))
		ok = ok && inside == k
		at += inside * stride
	}
	return at, ok
}

// gather copies windows; indices outside of the operand are moved to its border.
func gather(l *lowering, n *graph.Node) error {
	switch n.Inputs[0].Shape.DType.Size() {
	case 1:
		gatherAs[uint8](l, n)
	case 2:
		gatherAs[uint16](l, n)
	case 4:
		gatherAs[uint32](l, n)
	default:
		gatherAs[uint64](l, n)
	}
	return nil
}

func gatherAs[T any](l *lowering, n *graph.Node) {
	attr := n.Attr.(graph.Gather)
	operand, indices, out := n.Inputs[0].Shape.Dimensions, n.Inputs[1].Shape.Dimensions, n.Outputs[0]
	var kept []int
	for axis := range operand {
		if !slices.Contains(attr.CollapsedSliceAxes, axis) {
			kept = append(kept, axis)
		}
	}
	w := newWindows(operand, attr.SliceSizes, indices, attr.IndexVectorAxis, attr.StartIndexMap, kept,
		out.Shape.Dimensions, attr.OffsetOutputAxes)
	from, at, to := l.dense(n.Inputs[0]), widen[int64](l, n.Inputs[1]), l.out(out)
	l.simple("gather", len(w.rows), []int{from, at}, []int{to}, func(f *program.Frame, task int) {
		src, dst, idx := program.View[T](f, from), program.View[T](f, to), program.View[int64](f, at)
		base, _ := w.start(idx, task)
		for i, p := range w.inside {
			dst[w.rows[task]+w.outside[i]] = src[base+p]
		}
	})
}
