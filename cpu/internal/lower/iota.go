package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/loop"
	"github.com/dino-go/dino/cpu/internal/program"
)

// counting is iota: it counts along an axis.
func counting(l *lowering, n *graph.Node) error {
	return byClass(l, n, n.Outputs[0].Shape.DType, iotaAs[float32], iotaAs[float64], iotaAs[int64], iotaAs[uint64])
}

func iotaAs[T loop.Number](l *lowering, n *graph.Node) error {
	out, axis := n.Outputs[0], n.Attr.(graph.Axis).Axis
	dims := out.Shape.Dimensions
	inner := 1
	for _, d := range dims[axis+1:] {
		inner *= d
	}
	narrow[T](l, out, func(slot int) {
		l.simple("iota", 1, nil, []int{slot}, func(f *program.Frame, _ int) {
			x := program.View[T](f, slot)
			for i := range x {
				x[i] = T(i / inner % dims[axis])
			}
		})
	})
	return nil
}
