package lower

import (
	"fmt"

	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// copyGrain is the number of elements that one task copies.
const copyGrain = 1 << 15

// unsupported is the error of an operation that has no kernel for an operand.
func unsupported(v *graph.Value) error {
	return fmt.Errorf("is not implemented for %s", v.Shape)
}

// copy emits a kernel that writes the elements of a view side by side.
func (l *lowering) copy(from place, slot int, s shapes.Shape) {
	l.copyTo(from, place{slot, view.Of(s.Dimensions)}, s)
}

// copyTo emits a kernel that copies between two views of the same dimensions. Nothing else of the
// destination changes, so a slot may be filled by several copies.
func (l *lowering) copyTo(from, to place, s shapes.Shape) {
	if s.Size() == 0 {
		return
	}
	k := program.Kernel{Name: "copy", Reads: []int{from.slot}, Writes: []int{to.slot}}
	switch s.DType.Size() {
	case 1:
		k.Tasks, k.Run = copyKernel[uint8](from, to)
	case 2:
		k.Tasks, k.Run = copyKernel[uint16](from, to)
	case 4:
		k.Tasks, k.Run = copyKernel[uint32](from, to)
	case 8:
		k.Tasks, k.Run = copyKernel[uint64](from, to)
	default:
		panic(fmt.Sprintf("cannot copy %s", s))
	}
	l.emit(k)
}

// nest is a pair of views that are walked together: their common axes, outermost first.
type nest struct {
	dims, from, to []int
	fromAt, toAt   int
}

// newNest joins the axes that both views run through with one stride.
func newNest(from, to view.View) nest {
	n := nest{fromAt: from.Offset, toAt: to.Offset}
	for i, d := range from.Dims {
		if d == 1 {
			continue
		}
		if k := len(n.dims) - 1; k >= 0 && n.from[k] == from.Strides[i]*d && n.to[k] == to.Strides[i]*d {
			n.dims[k] *= d
			n.from[k], n.to[k] = from.Strides[i], to.Strides[i]
			continue
		}
		n.dims = append(n.dims, d)
		n.from = append(n.from, from.Strides[i])
		n.to = append(n.to, to.Strides[i])
	}
	if len(n.dims) == 0 {
		n.dims, n.from, n.to = []int{1}, []int{1}, []int{1}
	}
	return n
}

// copyKernel walks rows along the last axis, or square tiles where the two views are transposed to
// each other.
func copyKernel[T any](from, to place) (tasks int, run func(f *program.Frame, task int)) {
	n := newNest(from.view, to.view)
	last := len(n.dims) - 1
	if n.from[last] != 1 && n.to[last] == 1 {
		for i := range last {
			if n.from[i] == 1 {
				return transposeKernel[T](n, i, from.slot, to.slot)
			}
		}
	}
	cols, rows := n.dims[last], 1
	for _, d := range n.dims[:last] {
		rows *= d
	}
	perRow := (cols + copyGrain - 1) / copyGrain // tasks for a row, if it is long
	perTask := max(1, copyGrain/cols)            // rows for a task, if they are short
	tasks = (rows + perTask - 1) / perTask * perRow
	return tasks, func(f *program.Frame, task int) {
		src, dst := program.View[T](f, from.slot), program.View[T](f, to.slot)
		part := task % perRow
		lo, hi := part*cols/perRow, (part+1)*cols/perRow
		for r := task / perRow * perTask; r < min((task/perRow+1)*perTask, rows); r++ {
			a, b := n.row(r)
			copyRow(dst, b+lo*n.to[last], n.to[last], src, a+lo*n.from[last], n.from[last], hi-lo)
		}
	}
}

// row returns where row r of the last axis begins on both sides.
func (n *nest) row(r int) (from, to int) {
	from, to = n.fromAt, n.toAt
	for i := len(n.dims) - 2; i >= 0; i-- {
		k := r % n.dims[i]
		r /= n.dims[i]
		from += k * n.from[i]
		to += k * n.to[i]
	}
	return from, to
}

func copyRow[T any](dst []T, b, bStep int, src []T, a, aStep, n int) {
	if aStep == 1 && bStep == 1 {
		copy(dst[b:b+n], src[a:a+n])
		return
	}
	if aStep == 0 && bStep == 1 {
		x := src[a]
		out := dst[b : b+n]
		for i := range out {
			out[i] = x
		}
		return
	}
	for range n {
		dst[b] = src[a]
		a += aStep
		b += bStep
	}
}

// transposeTile is the side of the squares in which transposed copies are made: both sides of one
// fit the first-level cache.
const transposeTile = 32

// transposeKernel copies where the last axis is contiguous on the one side and axis `cross` on the
// other.
func transposeKernel[T any](n nest, cross, from, to int) (tasks int, run func(f *program.Frame, task int)) {
	last := len(n.dims) - 1
	outer := nest{fromAt: n.fromAt, toAt: n.toAt}
	for i := range n.dims {
		if i != last && i != cross {
			outer.dims = append(outer.dims, n.dims[i])
			outer.from = append(outer.from, n.from[i])
			outer.to = append(outer.to, n.to[i])
		}
	}
	planes := 1
	for _, d := range outer.dims {
		planes *= d
	}
	// A row of the nest is one plane here: an axis of length 1 stands for the last.
	outer.dims, outer.from, outer.to = append(outer.dims, 1), append(outer.from, 0), append(outer.to, 0)
	strips := (n.dims[cross] + transposeTile - 1) / transposeTile
	return planes * strips, func(f *program.Frame, task int) {
		src, dst := program.View[T](f, from), program.View[T](f, to)
		a, b := outer.row(task / strips)
		lo := task % strips * transposeTile
		hi := min(lo+transposeTile, n.dims[cross])
		for j0 := 0; j0 < n.dims[last]; j0 += transposeTile {
			for i := lo; i < hi; i++ {
				out := dst[b+i*n.to[cross]+j0:]
				in := a + i + j0*n.from[last]
				for j := range min(transposeTile, n.dims[last]-j0) {
					out[j] = src[in]
					in += n.from[last]
				}
			}
		}
	}
}
