package lower

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// reduceWindow reduces every position of a sliding window. Padding and the gaps of a dilated input
// count as the neutral element.
func reduceWindow(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Inputs[0].Shape.DType, reduceWindowAs[float32], reduceWindowAs[float64],
		reduceWindowAs[int64], reduceWindowAs[uint64])
}

var windowReductions = map[compute.ReduceOpType]compute.OpType{
	compute.ReduceOpSum: compute.OpTypeReduceSum, compute.ReduceOpProduct: compute.OpTypeReduceProduct,
	compute.ReduceOpMax: compute.OpTypeReduceMax, compute.ReduceOpMin: compute.OpTypeReduceMin,
}

func reduceWindowAs[T loop.Number](l *lowering, n *graph.Node) error {
	w, in, result := n.Attr.(graph.Window), widen[T](l, n.Inputs[0]), n.Outputs[0]
	input, dims := view.Of(n.Inputs[0].Shape.Dimensions), result.Shape.Dimensions
	size := result.Shape.Size()
	initial, combine := loop.Reduction[T](windowReductions[w.Reduction], result.Shape.DType)
	narrow[T](l, result, func(out int) {
		l.simple("reduce window", size, []int{in}, []int{out}, func(f *program.Frame, task int) {
			x, acc := program.View[T](f, in), initial
			at := index(task, dims)
			for i := range (view.View{Dims: w.Dimensions}).Size() {
				if place, ok := w.Place(input, at, index(i, w.Dimensions)); ok {
					acc = combine(acc, x[place])
				}
			}
			program.View[T](f, out)[task] = acc
		})
	})
	return nil
}

// selectAndScatter adds each element of the source to the place of the extreme of its window: the
// gradient of pooling by maximum.
func selectAndScatter(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Inputs[0].Shape.DType, selectAndScatterAs[float32], selectAndScatterAs[float64],
		selectAndScatterAs[int64], selectAndScatterAs[uint64])
}

func selectAndScatterAs[T loop.Number](l *lowering, n *graph.Node) error {
	w, in, source := n.Attr.(graph.Window), widen[T](l, n.Inputs[0]), widen[T](l, n.Inputs[1])
	input, dims := view.Of(n.Inputs[0].Shape.Dimensions), n.Inputs[1].Shape.Dimensions
	smallest := n.Op == compute.OpTypeSelectAndScatterMin
	narrow[T](l, n.Outputs[0], func(out int) {
		l.simple("select and scatter", 1, []int{in, source}, []int{out}, func(f *program.Frame, _ int) {
			x, s, y := program.View[T](f, in), program.View[T](f, source), program.View[T](f, out)
			clear(y)
			for i, v := range s {
				if best := selectExtreme(w, x, input, index(i, dims), smallest); best >= 0 {
					y[best] += v
				}
			}
		})
	})
	return nil
}

// selectExtreme is the place of the extreme of a window, −1 if all of it is padding.
func selectExtreme[T loop.Number](w graph.Window, x []T, input view.View, at []int, smallest bool) int {
	best := -1
	for i := range (view.View{Dims: w.Dimensions}).Size() {
		place, ok := w.Place(input, at, index(i, w.Dimensions))
		if !ok {
			continue
		}
		if best < 0 || x[place] != x[place] || smallest && x[place] < x[best] || !smallest && x[place] > x[best] {
			best = place
		}
	}
	return best
}
