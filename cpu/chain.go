package cpu

import "github.com/gomlx/compute"

// chain builds expressions of several operations and keeps the first error.
type chain struct {
	f   *function
	err error
}

// then passes on the result of an operation.
func (c *chain) then(x compute.Value, err error) compute.Value {
	if c.err == nil {
		c.err = err
	}
	return x
}

// do runs an operation unless one before it failed.
func (c *chain) do(op func() (compute.Value, error)) compute.Value {
	if c.err != nil {
		return nil
	}
	return c.then(op())
}

func (c *chain) add(x, y compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) { return c.f.Add(x, y) })
}

func (c *chain) sub(x, y compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) { return c.f.Sub(x, y) })
}

func (c *chain) mul(x, y compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) { return c.f.Mul(x, y) })
}

func (c *chain) div(x, y compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) { return c.f.Div(x, y) })
}

func (c *chain) unary(op compute.OpType, x compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) { return c.f.unary(op, x) })
}

// scalar is a constant of the data type of x.
func (c *chain) scalar(v float64, x compute.Value) compute.Value {
	return c.do(func() (compute.Value, error) {
		shape, err := c.f.Shape(x)
		if err != nil {
			return nil, err
		}
		constant, err := c.f.Constant([]float64{v}, 1)
		if err != nil {
			return nil, err
		}
		constant, err = c.f.Reshape(constant)
		if err != nil {
			return nil, err
		}
		return c.f.ConvertDType(constant, shape.DType)
	})
}

// reduceKeep reduces and leaves the reduced axes with length 1.
func (c *chain) reduceKeep(op compute.OpType, x compute.Value, axes ...int) compute.Value {
	return c.do(func() (compute.Value, error) {
		shape, err := c.f.Shape(x)
		if err != nil {
			return nil, err
		}
		r, err := c.f.reduce(op, x, axes)
		if err != nil {
			return nil, err
		}
		dims := append([]int(nil), shape.Dimensions...)
		for _, axis := range axes {
			dims[axis] = 1
		}
		return c.f.Reshape(r, dims...)
	})
}
