package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"
)

// RNGBitGenerator implements [compute.StandardOps].
func (f *function) RNGBitGenerator(state compute.Value,
	shape shapes.Shape,
) (newState, values compute.Value, err error) {
	in, err := f.values("RNGBitGenerator", state)
	if err != nil {
		return nil, nil, err
	}
	if !in[0].Shape.Equal(compute.RNGStateShape) {
		return nil, nil, errors.Errorf("cpu: RNGBitGenerator: the state is %s: must be %s", in[0].Shape,
			compute.RNGStateShape)
	}
	n := f.graph.Add(compute.OpTypeRNGBitGenerator, nil, in, in[0].Shape, shape.Clone())
	return n.Outputs[0], n.Outputs[1], nil
}
