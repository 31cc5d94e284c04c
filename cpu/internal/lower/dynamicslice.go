package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// starts reads the scalar start of each axis, moved so that a window of the given sizes fits in.
type starts struct {
	slots   []int
	limits  []int
	strides []int
}

func newStarts(l *lowering, indices []*graph.Value, dims, sizes []int) starts {
	s := starts{strides: view.Of(dims).Strides}
	for i, v := range indices {
		s.slots = append(s.slots, widen[int64](l, v))
		s.limits = append(s.limits, dims[i]-sizes[i])
	}
	return s
}

func (s *starts) offset(f *program.Frame) int {
	at := 0
	for i, slot := range s.slots {
		at += max(0, min(int(program.View[int64](f, slot)[0]), s.limits[i])) * s.strides[i]
	}
	return at
}

// dynamicSlice copies a window whose place is known only now.
func dynamicSlice(l *lowering, n *graph.Node) error {
	in, out := n.Inputs[0], n.Outputs[0]
	dims, sizes := in.Shape.Dimensions, n.Attr.(graph.DynamicSlice).Sizes
	s := newStarts(l, n.Inputs[1:], dims, sizes)
	from, to := l.dense(in), l.out(out)
	window := view.View{Dims: sizes, Strides: view.Of(dims).Strides}
	size := in.Shape.DType.Size()
	l.simple("dynamic slice", 1, append([]int{from}, s.slots...), []int{to}, func(f *program.Frame, _ int) {
		moveWindow(f.Bytes(to), view.Of(sizes), 0, f.Bytes(from), window, s.offset(f), size)
	})
	return nil
}

// dynamicUpdateSlice copies the operand and overwrites a window.
func dynamicUpdateSlice(l *lowering, n *graph.Node) error {
	in, update, out := n.Inputs[0], n.Inputs[1], n.Outputs[0]
	dims, sizes := in.Shape.Dimensions, update.Shape.Dimensions
	s := newStarts(l, n.Inputs[2:], dims, sizes)
	from, with, to := l.dense(in), l.dense(update), l.out(out)
	window := view.View{Dims: sizes, Strides: view.Of(dims).Strides}
	size := in.Shape.DType.Size()
	l.simple("dynamic update slice", 1, append([]int{from, with}, s.slots...), []int{to},
		func(f *program.Frame, _ int) {
			copy(f.Bytes(to), f.Bytes(from))
			moveWindow(f.Bytes(to), window, s.offset(f), f.Bytes(with), view.Of(sizes), 0, size)
		})
	return nil
}

// moveWindow copies elements of the given size between two views of equal dimensions, from and to
// the given offsets.
func moveWindow(dst []byte, to view.View, toAt int, src []byte, from view.View, fromAt, size int) {
	cols := 1
	if k := len(to.Dims); k > 0 {
		cols = to.Dims[k-1]
	}
	for i := 0; i < to.Size(); i += max(cols, 1) {
		a, b := (from.At(i)+fromAt)*size, (to.At(i)+toAt)*size
		copy(dst[b:b+cols*size], src[a:a+cols*size])
	}
}
