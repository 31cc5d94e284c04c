package cpu

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// inside draws steps over captured values and returns a function that builds them and ends in a
// value of shape s.
func (c *cook) inside(s shapes.Shape, x int) func(f compute.Function, v []compute.Value) (compute.Value, error) {
	inner := &cook{
		pick: c.pick, types: c.types, known: append([]shapes.Shape(nil), c.known...),
		exact: append([]bool(nil), c.exact...), depth: c.depth + 1,
	}
	for range 1 + c.pick(4) {
		inner.step(true)
	}
	last := inner.some(func(i int) bool { return inner.known[i].Equal(s) })
	return func(f compute.Function, v []compute.Value) (compute.Value, error) {
		values := append([]compute.Value(nil), v...)
		for _, st := range inner.steps {
			z, err := st(f, values)
			if err != nil {
				return nil, err
			}
			values = append(values, z)
		}
		return f.Identity(values[last])
	}
}

func (c *cook) branch(x int, s shapes.Shape) {
	a := c.some(func(i int) bool { return c.exact[i] && c.known[i].Size() > 0 && c.known[i].DType != dtypes.Bool })
	onTrue, onFalse := c.inside(s, x), c.inside(s, x)
	if a < 0 {
		return
	}
	c.add(s, false, func(f compute.Function, v []compute.Value) (compute.Value, error) {
		ch := chainOf(f)
		all := ch.one(f.ReduceSum(v[a]))
		zero := ch.one(f.Sub(all, all))
		pred := ch.one(f.GreaterThan(all, zero))
		if ch.err != nil {
			return nil, ch.err
		}
		var closures []compute.Function
		for _, body := range []func(compute.Function, []compute.Value) (compute.Value, error){onTrue, onFalse} {
			closure, err := closureOf(f, func(g compute.Function) (compute.Value, error) { return body(g, v) })
			if err != nil {
				return nil, err
			}
			closures = append(closures, closure)
		}
		out, err := f.If(pred, closures[0], closures[1])
		if err != nil {
			return nil, err
		}
		return out[0], nil
	})
}

func closureOf(f compute.Function, body func(g compute.Function) (compute.Value, error)) (compute.Function, error) {
	g, err := f.Closure()
	if err != nil {
		return nil, err
	}
	v, err := body(g)
	if err != nil {
		return nil, err
	}
	return g, g.Return([]compute.Value{v}, nil)
}

// loop applies a drawn body three times.
func (c *cook) loop(x int, s shapes.Shape) {
	inner := &cook{
		pick: c.pick, types: c.types, known: append([]shapes.Shape{s}, c.known...),
		exact: append([]bool{false}, c.exact...), depth: c.depth + 1,
	}
	for range 1 + c.pick(3) {
		inner.step(true)
	}
	last := inner.some(func(i int) bool { return inner.known[i].Equal(s) })
	c.add(s, false, func(f compute.Function, v []compute.Value) (compute.Value, error) {
		start, err := constantScalar(f, 0)
		if err != nil {
			return nil, err
		}
		cond, err := f.Closure()
		if err != nil {
			return nil, err
		}
		n, _ := cond.Parameter("n", shapes.Make(dtypes.Int32), nil)
		if _, err = cond.Parameter("x", s, nil); err != nil {
			return nil, err
		}
		three, err := constantScalar(cond, 3)
		if err != nil {
			return nil, err
		}
		less, err := cond.LessThan(n, three)
		if err != nil {
			return nil, err
		}
		if err := cond.Return([]compute.Value{less}, nil); err != nil {
			return nil, err
		}
		body, err := loopBody(f, s, inner, last, v)
		if err != nil {
			return nil, err
		}
		out, err := f.While(cond, body, start, v[x])
		if err != nil {
			return nil, err
		}
		return out[1], nil
	})
}

func loopBody(f compute.Function, s shapes.Shape, inner *cook, last int, v []compute.Value) (compute.Function, error) {
	body, err := f.Closure()
	if err != nil {
		return nil, err
	}
	n, _ := body.Parameter("n", shapes.Make(dtypes.Int32), nil)
	state, err := body.Parameter("x", s, nil)
	if err != nil {
		return nil, err
	}
	values := append([]compute.Value{state}, v...)
	for _, st := range inner.steps {
		z, err := st(body, values)
		if err != nil {
			return nil, err
		}
		values = append(values, z)
	}
	one, err := constantScalar(body, 1)
	if err != nil {
		return nil, err
	}
	next, err := body.Add(n, one)
	if err != nil {
		return nil, err
	}
	result, err := body.Identity(values[last])
	if err != nil {
		return nil, err
	}
	return body, body.Return([]compute.Value{next, result}, nil)
}

func constantScalar(f compute.Function, v int32) (compute.Value, error) {
	x, err := f.Constant([]int32{v}, 1)
	if err != nil {
		return nil, err
	}
	return f.Reshape(x)
}

// call puts a step into a named function.
func (c *cook) call(x int, s shapes.Shape) {
	inner := &cook{pick: c.pick, types: c.types, known: []shapes.Shape{s}, exact: []bool{false}, depth: 2}
	for range 1 + c.pick(3) {
		inner.step(false)
	}
	name := fmt.Sprintf("f%d", rand.Uint64())
	c.add(inner.known[len(inner.known)-1], false, func(f compute.Function, v []compute.Value) (compute.Value, error) {
		g, err := f.Builder().NewFunction(fmt.Sprintf("%s.%d", name, rand.Uint64()))
		if err != nil {
			return nil, err
		}
		p, err := g.Parameter("x", s, nil)
		if err != nil {
			return nil, err
		}
		values := []compute.Value{p}
		for _, st := range inner.steps {
			z, err := st(g, values)
			if err != nil {
				return nil, err
			}
			values = append(values, z)
		}
		last, err := g.Identity(values[len(values)-1])
		if err != nil {
			return nil, err
		}
		if err := g.Return([]compute.Value{last}, nil); err != nil {
			return nil, err
		}
		out, err := f.Call(g, v[x])
		if err != nil {
			return nil, err
		}
		return out[0], nil
	})
}
