package cpu

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"
)

// The fused operations below are written out in standard ones: the compiler makes one loop, or one
// matrix product with an epilogue, of each, as it does of the same expressions in any graph.

// FusedSoftmax implements [compute.FusedOps].
func (f *function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	if axis < 0 || axis >= shape.Rank() || !shape.DType.IsFloat() {
		return nil, errors.Errorf("cpu: FusedSoftmax of %s: axis is %d: must be in [0, %d), and the data type a float",
			shape, axis, shape.Rank())
	}
	c := &chain{f: f}
	e := c.unary(compute.OpTypeExp, c.sub(x, c.reduceKeep(compute.OpTypeReduceMax, x, axis)))
	return c.div(e, c.reduceKeep(compute.OpTypeReduceSum, e, axis)), c.err
}

// FusedGelu implements [compute.FusedOps].
func (f *function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	if !shape.DType.IsFloat() {
		return nil, errors.Errorf("cpu: FusedGelu of %s: the data type must be a float", shape)
	}
	c := &chain{f: f}
	var inner compute.Value
	if exact {
		inner = c.unary(compute.OpTypeErf, c.mul(x, c.scalar(1/math.Sqrt2, x)))
	} else {
		cube := c.mul(c.mul(x, x), x)
		inner = c.unary(compute.OpTypeTanh,
			c.mul(c.add(x, c.mul(cube, c.scalar(0.044715, x))), c.scalar(math.Sqrt(2/math.Pi), x)))
	}
	return c.mul(x, c.mul(c.add(inner, c.scalar(1, x)), c.scalar(0.5, x))), c.err
}

// FusedLayerNorm implements [compute.FusedOps].
func (f *function) FusedLayerNorm(x compute.Value, axes []int, epsilon float64, gamma,
	beta compute.Value,
) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	n := 1
	for _, axis := range axes {
		if axis < 0 || axis >= shape.Rank() {
			return nil, errors.Errorf("cpu: FusedLayerNorm of %s: axis is %d: must be in [0, %d)", shape, axis,
				shape.Rank())
		}
		n *= shape.Dimensions[axis]
	}
	c := &chain{f: f}
	mean := func(v compute.Value) compute.Value {
		return c.mul(c.reduceKeep(compute.OpTypeReduceSum, v, axes...), c.scalar(1/float64(n), x))
	}
	centered := c.sub(x, mean(x))
	variance := mean(c.mul(centered, centered))
	y := c.mul(centered, c.unary(compute.OpTypeRsqrt, c.add(variance, c.scalar(epsilon, x))))
	if gamma != nil {
		y = c.mul(y, c.onAxes(gamma, shape, axes))
	}
	if beta != nil {
		y = c.add(y, c.onAxes(beta, shape, axes))
	}
	return y, c.err
}

// onAxes broadcasts a tensor along the given axes to a shape, unless it has the rank of the shape
// already.
func (c *chain) onAxes(v compute.Value, shape shapes.Shape, axes []int) compute.Value {
	return c.do(func() (compute.Value, error) {
		s, err := c.f.Shape(v)
		if err != nil || s.Rank() == shape.Rank() {
			return v, err
		}
		return c.f.BroadcastInDim(v, shape, axes)
	})
}

// FusedDense implements [compute.FusedOps].
func (f *function) FusedDense(x, weight, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	xs, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	ws, err := f.Shape(weight)
	if err != nil {
		return nil, err
	}
	if xs.Rank() == 0 || ws.Rank() == 0 {
		return nil, errors.Errorf("cpu: FusedDense of %s and %s: both must have an axis of input features", xs, ws)
	}
	contracted := 0
	if options.WeightLayout == compute.DenseLayoutOutputsInput {
		contracted = ws.Rank() - 1
	}
	c := &chain{f: f}
	y := c.do(func() (compute.Value, error) {
		return f.DotGeneral(x, []int{xs.Rank() - 1}, nil, weight, []int{contracted}, nil, compute.DotGeneralConfig{})
	})
	if bias != nil && c.err == nil {
		shape, _ := f.Shape(y)
		var axes []int
		for axis := xs.Rank() - 1; axis < shape.Rank(); axis++ {
			axes = append(axes, axis)
		}
		y = c.add(y, c.onAxes(bias, shape, axes))
	}
	return c.activate(y, options.Activation), c.err
}

// activate applies an activation function.
func (c *chain) activate(x compute.Value, activation compute.ActivationType) compute.Value {
	switch activation {
	case compute.ActivationGelu:
		return c.do(func() (compute.Value, error) { return c.f.FusedGelu(x, true) })
	case compute.ActivationRelu:
		zero := c.scalar(0, x)
		return c.do(func() (compute.Value, error) { return c.f.Max(x, zero) })
	case compute.ActivationSilu:
		return c.mul(x, c.unary(compute.OpTypeLogistic, x))
	case compute.ActivationHardSwish:
		low, high, shifted := c.scalar(0, x), c.scalar(1, x), c.add(c.mul(x, c.scalar(1.0/6, x)), c.scalar(0.5, x))
		return c.mul(x, c.do(func() (compute.Value, error) { return c.f.Clamp(low, shifted, high) }))
	case compute.ActivationTanh:
		return c.unary(compute.OpTypeTanh, x)
	}
	return x
}

// FusedAttentionQKVProjection implements [compute.FusedOps].
func (f *function) FusedAttentionQKVProjection(x, wQKV, biasQ, biasK, biasV compute.Value, queryDim,
	keyValueDim int,
) (query, key, value compute.Value, err error) {
	xs, err := f.Shape(x)
	if err != nil {
		return nil, nil, nil, err
	}
	if xs.Rank() == 0 {
		return nil, nil, nil, errors.Errorf("cpu: FusedAttentionQKVProjection of %s: must have an axis of "+
			"input features", xs)
	}
	y, err := f.DotGeneral(x, []int{xs.Rank() - 1}, nil, wQKV, []int{0}, nil, compute.DotGeneralConfig{})
	if err != nil {
		return nil, nil, nil, err
	}
	shape, err := f.Shape(y)
	if err != nil {
		return nil, nil, nil, err
	}
	last := shape.Rank() - 1
	if want := queryDim + 2*keyValueDim; shape.Rank() != xs.Rank() || shape.Dimensions[last] != want {
		return nil, nil, nil, errors.Errorf("cpu: FusedAttentionQKVProjection: the product is %s: must have the axes "+
			"of %s with %d features", shape, xs, want)
	}
	c := &chain{f: f}
	from := 0
	part := func(width int, bias compute.Value) compute.Value {
		start := from
		from += width
		part := shape.Clone()
		part.Dimensions[last] = width
		starts, limits, steps := make([]int, last+1), slices.Clone(shape.Dimensions), slices.Repeat([]int{1}, last+1)
		starts[last], limits[last] = start, start+width
		p := c.do(func() (compute.Value, error) { return f.Slice(y, starts, limits, steps) })
		if bias != nil {
			p = c.add(p, c.onAxes(bias, part, []int{last}))
		}
		return p
	}
	query, key, value = part(queryDim, biasQ), part(keyValueDim, biasK), part(keyValueDim, biasV)
	return query, key, value, c.err
}
