package lower

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
)

// argMinMax finds the first position of the extreme along an axis; a NaN counts as the extreme.
func argMinMax(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Inputs[0].Shape.DType, argMinMaxAs[float32], argMinMaxAs[float64], argMinMaxAs[int64],
		argMinMaxAs[uint64])
}

func argMinMaxAs[T loop.Number](l *lowering, n *graph.Node) error {
	attr, in, out := n.Attr.(graph.ArgMinMax), widen[T](l, n.Inputs[0]), n.Outputs[0]
	dims := n.Inputs[0].Shape.Dimensions
	inner := 1
	for _, d := range dims[attr.Axis+1:] {
		inner *= d
	}
	length := dims[attr.Axis]
	if length == 0 {
		return fmt.Errorf("ArgMinMax of %s over axis %d: has no elements to choose from", n.Inputs[0].Shape, attr.Axis)
	}
	narrow[int64](l, out, func(slot int) {
		l.simple("argminmax", 1, []int{in}, []int{slot}, func(f *program.Frame, _ int) {
			x, y := program.View[T](f, in), program.View[int64](f, slot)
			for i := range y {
				y[i] = int64(extreme(x[i/inner*inner*length+i%inner:], length, inner, attr.IsMin))
			}
		})
	})
	return nil
}

// extreme is the position of the smallest or largest of n elements that lie step apart.
func extreme[T loop.Number](x []T, n, step int, smallest bool) int {
	best := 0
	for i := 1; i < n; i++ {
		v, b := x[i*step], x[best*step]
		if b != b {
			break
		}
		if v != v || smallest && v < b || !smallest && v > b {
			best = i
		}
	}
	return best
}
