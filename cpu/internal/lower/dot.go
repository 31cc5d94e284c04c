package lower

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/gemm"
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// dot is a batch of matrix products [M, K]·[K, N]. Operands are read in the views they come in:
// transposes, slices and reshapes become strides. Only an axis group that no single stride runs
// through is copied first.
func dot(l *lowering, n *graph.Node) error {
	if n.Outputs[0].Shape.Size() == 0 { // perhaps no matrices at all
		l.out(n.Outputs[0])
		return nil
	}
	switch n.Inputs[0].Shape.DType {
	case dtypes.Float32:
		if n.Outputs[0].Shape.DType == dtypes.Float32 {
			return matmul[float32](l, n, gemm.F32)
		}
	case dtypes.BFloat16:
		if d := n.Outputs[0].Shape.DType; d == dtypes.BFloat16 || d == dtypes.Float32 {
			return matmul[uint16](l, n, gemm.BF16)
		}
	}
	return byClass(l, n, wider(n.Inputs[0].Shape.DType, n.Outputs[0].Shape.DType), dotAs[float32], dotAs[float64],
		dotAs[int64], dotAs[uint64])
}

// wider is the data type in which a product is computed: that of the result if it is a longer
// float.
func wider(in, out dtypes.DType) dtypes.DType {
	if in.IsFloat() && out == dtypes.Float64 {
		return out
	}
	return in
}

// matrices is an operand of a product as a batch of matrices [rows, cols] in the memory of a slot.
type matrices struct {
	slot       int
	at         int
	rows, cols int
	rowStride  int
	colStride  int
	offsets    []int // of each matrix of the batch
}

// operand views a value as matrices: its batch axes, then rowAxes as rows and colAxes as columns.
func (l *lowering) operand(v *graph.Value, batchAxes, rowAxes, colAxes []int) matrices {
	at := l.view(v)
	rows, rowStride, ok := merge(at.view, rowAxes)
	cols, colStride, ok2 := merge(at.view, colAxes)
	if !ok || !ok2 || at.view.Backwards() {
		order := slices.Concat(batchAxes, rowAxes, colAxes)
		shape := shapes.Make(v.Shape.DType, at.view.Transpose(order).Dims...)
		slot := l.scratch(byteSize(v.Shape))
		l.copy(place{at.slot, at.view.Transpose(order)}, slot, shape)
		at = place{slot, view.Of(shape.Dimensions).Transpose(inverse(order))} // back to the order of the value's axes
		rows, rowStride, _ = merge(at.view, rowAxes)
		cols, colStride, _ = merge(at.view, colAxes)
	}
	batch := at.view.Transpose(batchAxes)
	batch.Offset = 0
	return matrices{
		slot: at.slot, at: at.view.Offset, rows: rows, cols: cols, rowStride: rowStride,
		colStride: colStride, offsets: places(batch),
	}
}

// merge is the length and stride of several axes taken as one; ok is false where they are not
// evenly spaced.
func merge(v view.View, axes []int) (dim, stride int, ok bool) {
	t := v.Transpose(axes)
	c := t.Collapse()
	switch len(c.Dims) {
	case 0:
		return 1, 1, true
	case 1:
		return c.Dims[0], c.Strides[0], true
	}
	return 0, 0, t.Size() == 0
}

// others lists the axes of a rank that are in neither list.
func others(rank int, a, b []int) []int {
	var list []int
	for i := range rank {
		if !slices.Contains(a, i) && !slices.Contains(b, i) {
			list = append(list, i)
		}
	}
	return list
}

// operands views both inputs of a product.
func (l *lowering) operands(n *graph.Node) (a, b matrices) {
	d := n.Attr.(graph.Dot)
	left, right := n.Inputs[0], n.Inputs[1]
	a = l.operand(left, d.LeftBatch, others(left.Shape.Rank(), d.LeftBatch, d.LeftContracting), d.LeftContracting)
	b = l.operand(right, d.RightBatch, d.RightContracting, others(right.Shape.Rank(), d.RightBatch, d.RightContracting))
	return a, b
}

// matmul emits a product that gemm computes.
func matmul[T gemm.Element](l *lowering, n *graph.Node, run func(*parallel.Pool, *gemm.Product[T])) error {
	a, b := l.operands(n)
	m := &product[T]{
		pool: l.pool, run: run, a: a, b: b, bias: noSlot, packed: packedSlot[T](l, n, b), out: l.out(n.Outputs[0]),
		narrow: n.Outputs[0].Shape.DType == dtypes.BFloat16,
	}
	m.how = rounding(n.Attr.(graph.Dot).Rounded && !m.narrow)
	m.idle.New = m.describe
	reads := []int{a.slot, b.slot}
	if m.packed != noSlot {
		reads[1] = m.packed
	}
	if len(n.Inputs) > 2 {
		m.bias = l.dense(n.Inputs[2])
		reads = append(reads, m.bias)
	}
	l.emit(program.Kernel{Name: n.Op.String(), Reads: reads, Writes: []int{m.out}, Serial: m.execute})
	return nil
}

// dotAs is the product of types without a kernel of their own, as plain loops over dense operands.
func dotAs[T loop.Number](l *lowering, n *graph.Node) error {
	d := n.Attr.(graph.Dot)
	left, right := n.Inputs[0], n.Inputs[1]
	a := rowsOf[T](l, left, slices.Concat(d.LeftBatch, others(left.Shape.Rank(), d.LeftBatch, d.LeftContracting),
		d.LeftContracting))
	b := rowsOf[T](l, right, slices.Concat(d.RightBatch, others(right.Shape.Rank(), d.RightBatch, d.RightContracting),
		d.RightContracting))
	batch, k := 1, 1
	for _, axis := range d.LeftBatch {
		batch *= left.Shape.Dimensions[axis]
	}
	for _, axis := range d.LeftContracting {
		k *= left.Shape.Dimensions[axis]
	}
	rows, cols := left.Shape.Size()/max(batch*k, 1), right.Shape.Size()/max(batch*k, 1)
	if k == 0 {
		rows, cols = 1, n.Outputs[0].Shape.Size()/batch
	}
	narrow[T](l, n.Outputs[0], func(slot int) {
		l.simple("dot", batch*rows, []int{a, b}, []int{slot}, func(f *program.Frame, task int) {
			x, y, z := program.View[T](f, a), program.View[T](f, b), program.View[T](f, slot)
			x = x[task*k : (task+1)*k]
			for j := range cols {
				var sum T
				for i, v := range y[(task/rows*cols+j)*k:][:k] {
					sum += x[i] * v
				}
				z[task*cols+j] = sum
			}
		})
	})
	return nil
}

// rowsOf makes a dense tensor of T with the axes of v in the given order.
func rowsOf[T loop.Number](l *lowering, v *graph.Value, order []int) int {
	at := l.view(v)
	slot := l.scratch(byteSize(v.Shape))
	l.copy(place{at.slot, at.view.Transpose(order)}, slot, shapes.Make(v.Shape.DType, at.view.Transpose(order).Dims...))
	if v.Shape.DType == wideType[T]() {
		return slot
	}
	wide := l.scratch(v.Shape.Size() * wideType[T]().Size())
	l.convert(slot, v.Shape.DType, wide, wideType[T](), v.Shape.Size())
	return wide
}
