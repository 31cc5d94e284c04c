package cpu

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// pick draws a number in [0, n).
type pick func(n int) int

// recipe is a random computation that can be built on any engine.
type recipe struct {
	inputs []shapes.Shape
	known  []shapes.Shape // of all values: inputs, then what the steps compute
	steps  []step
	result []int // values that are returned
}

// narrow tells whether some value is rounded to bfloat16.
func (r *recipe) narrow() bool {
	return slices.ContainsFunc(r.known, func(s shapes.Shape) bool { return s.DType == dtypes.BFloat16 })
}

// step appends one value; arguments are the values so far.
type step func(f compute.Function, values []compute.Value) (compute.Value, error)

// cook draws recipes. known are the shapes of the values so far; exact tells which values every
// engine computes to the last bit, so that comparisons and conversions to integers may depend on
// them.
type cook struct {
	pick  pick
	known []shapes.Shape
	exact []bool
	steps []step
	depth int // of nested closures
	types []dtypes.DType
}

var (
	recipeTypes = []dtypes.DType{
		dtypes.Float32, dtypes.Float32, dtypes.Float32, dtypes.BFloat16, dtypes.Float64,
		dtypes.Int32, dtypes.Int8, dtypes.Uint8, dtypes.Int64, dtypes.Bool,
	}
	// longTypes have no bfloat16, so that results can be compared more closely.
	longTypes = slices.DeleteFunc(slices.Clone(recipeTypes), func(d dtypes.DType) bool { return d == dtypes.BFloat16 })
	// floatTypes are those of which gemm multiplies matrices.
	floatTypes = []dtypes.DType{dtypes.Float32, dtypes.BFloat16}
)

// Lengths of axes: short ones, and some around which the products and loops of matrices are cut in
// another way.
var (
	shortAxes = []int{1, 2, 3, 5, 8, 17, 64}
	longAxes  = []int{1, 13, 19, 48, 57, 94, 96, 97, 149, 160, 193, 233, 327, 481}
)

// mostElements is the number of elements of a value at most.
const mostElements = 40000

// newRecipe draws a computation of about so many steps.
func newRecipe(p pick, length int, control bool) *recipe {
	r := &recipe{}
	c := &cook{pick: p, types: [][]dtypes.DType{recipeTypes, longTypes}[p(2)]}
	if p(3) == 0 {
		c.matrices(r)
	} else {
		for range 2 + p(3) {
			dims := make([]int, p(4))
			for i := range dims {
				dims[i] = shortAxes[p(len(shortAxes))]
			}
			c.input(r, shapes.Make(c.types[p(len(c.types))], dims...))
		}
	}
	for range length {
		c.step(control)
	}
	c.elementwise(len(c.known)-1, c.known[len(c.known)-1]) // so that there is at least one
	r.steps, r.known = c.steps, c.known
	for i := range c.known {
		if i >= len(r.inputs) && (i == len(c.known)-1 || p(3) == 0) {
			r.result = append(r.result, i)
		}
	}
	return r
}

// input adds an input.
func (c *cook) input(r *recipe, s shapes.Shape) {
	r.inputs = append(r.inputs, s)
	c.known, c.exact = append(c.known, s), append(c.exact, true)
}

// matrices adds some inputs that can be multiplied with each other, alone or in batches, and
// multiplies two of them.
func (c *cook) matrices(r *recipe) {
	d := floatTypes[c.pick(len(floatTypes))]
	k, batch := longAxes[c.pick(len(longAxes))], 1+c.pick(3)*c.pick(2)
	for range 2 + c.pick(2) {
		n := longAxes[c.pick(len(longAxes))]
		dims := [][]int{{k, n}, {n, k}}[c.pick(2)]
		if batch > 1 && batch*k*n <= mostElements {
			dims = slices.Insert(dims, 0, batch)
		}
		if k*n <= 2*mostElements {
			c.input(r, shapes.Make(d, dims...))
		}
	}
	if len(r.inputs) == 0 {
		c.input(r, shapes.Make(d, 3, 5))
	}
	c.product(0, c.known[0])
}

// add records a step whose result has the given shape.
func (c *cook) add(s shapes.Shape, exact bool, st step) {
	c.known, c.exact, c.steps = append(c.known, s), append(c.exact, exact), append(c.steps, st)
}

// some returns a random value that passes the test, −1 if none does.
func (c *cook) some(ok func(i int) bool) int {
	start := c.pick(len(c.known))
	for i := range c.known {
		if k := (start + i) % len(c.known); ok(k) {
			return k
		}
	}
	return -1
}

func (c *cook) step(control bool) {
	x := c.some(func(int) bool { return true })
	s := c.known[x]
	choices := []func(x int, s shapes.Shape){
		c.elementwise, c.elementwise, c.pair, c.pair, c.reduce, c.normalise,
		c.move, c.broadcast, c.product, c.product, c.gather, c.convert, c.choose,
	}
	if control && c.depth < 2 {
		choices = append(choices, c.branch, c.loop, c.call)
	}
	choices[c.pick(len(choices))](x, s)
}

// elementwise applies a function of bounded range and slope, so that rounding errors do not grow.
func (c *cook) elementwise(x int, s shapes.Shape) {
	exact := c.exact[x]
	k := c.pick(6)
	c.add(s, exact && !s.DType.IsFloat(), func(f compute.Function, v []compute.Value) (compute.Value, error) {
		switch {
		case s.DType == dtypes.Bool:
			return f.LogicalNot(v[x])
		case s.DType.IsInt():
			return []func(compute.Value) (compute.Value, error){
				f.Abs, f.Sign, f.BitCount, f.BitwiseNot, f.Clz,
				f.Abs,
			}[k](v[x])
		}
		return []func(compute.Value) (compute.Value, error){f.Tanh, f.Logistic, f.Erf, f.Neg, f.Abs, f.Sin}[k](v[x])
	})
}

// pair combines a value with one of the same data type and equal or scalar dimensions.
func (c *cook) pair(x int, s shapes.Shape) {
	y := c.some(func(i int) bool {
		return c.known[i].DType == s.DType && (c.known[i].IsScalar() || c.known[i].EqualDimensions(s))
	})
	k := c.pick(5)
	exact := c.exact[x] && c.exact[y] && !s.DType.IsFloat()
	c.add(s, exact, func(f compute.Function, v []compute.Value) (compute.Value, error) {
		if s.DType == dtypes.Bool {
			return []func(a, b compute.Value) (compute.Value, error){
				f.LogicalAnd, f.LogicalOr, f.LogicalXor,
				f.LogicalOr, f.LogicalAnd,
			}[k](v[x], v[y])
		}
		z, err := []func(a, b compute.Value) (compute.Value, error){f.Add, f.Sub, f.Mul, f.Max, f.Min}[k](v[x], v[y])
		if err != nil || !s.DType.IsFloat() {
			return z, err
		}
		return f.Tanh(z)
	})
}

func (c *cook) reduce(x int, s shapes.Shape) {
	if s.Rank() == 0 || s.DType == dtypes.Bool {
		return
	}
	var axes, dims []int
	for axis, d := range s.Dimensions {
		if c.pick(2) == 0 {
			axes = append(axes, axis)
		} else {
			dims = append(dims, d)
		}
	}
	if len(axes) == 0 {
		axes, dims = []int{s.Rank() - 1}, s.Dimensions[:s.Rank()-1]
	}
	k := c.pick(3)
	c.add(shapes.Make(s.DType, dims...), c.exact[x] && !s.DType.IsFloat(),
		func(f compute.Function, v []compute.Value) (compute.Value, error) {
			z, err := []func(x compute.Value, axes ...int) (compute.Value, error){
				f.ReduceSum, f.ReduceMax,
				f.ReduceMin,
			}[k](v[x], axes...)
			if err != nil || !s.DType.IsFloat() {
				return z, err
			}
			return f.Tanh(z)
		})
}

// normalise is a softmax written out, the pattern that becomes one loop.
func (c *cook) normalise(x int, s shapes.Shape) {
	if s.Rank() == 0 || !s.DType.IsFloat() {
		return
	}
	axis := c.pick(s.Rank())
	c.add(s, false, func(f compute.Function, v []compute.Value) (compute.Value, error) {
		dims := append([]int(nil), s.Dimensions...)
		dims[axis] = 1
		ch := chainOf(f)
		keep := func(z compute.Value) compute.Value { return ch.one(f.Reshape(z, dims...)) }
		e := ch.one(f.Exp(ch.one(f.Sub(v[x], keep(ch.one(f.ReduceMax(v[x], axis)))))))
		return ch.one(f.Div(e, keep(ch.one(f.ReduceSum(e, axis))))), ch.err
	})
}

// errorChain keeps the first error of nested calls.
type errorChain struct{ err error }

func chainOf(compute.Function) *errorChain { return &errorChain{} }

func (c *errorChain) one(v compute.Value, err error) compute.Value {
	if c.err == nil {
		c.err = err
	}
	return v
}

// move rearranges elements.
func (c *cook) move(x int, s shapes.Shape) {
	if s.Rank() == 0 {
		return
	}
	switch c.pick(5) {
	case 0:
		perm := permutation(c.pick, s.Rank())
		dims := make([]int, s.Rank())
		for i, p := range perm {
			dims[i] = s.Dimensions[p]
		}
		c.add(shapes.Make(s.DType, dims...), c.exact[x],
			func(f compute.Function, v []compute.Value) (compute.Value, error) {
				return f.Transpose(v[x], perm...)
			})
	case 1:
		var starts, limits, strides, dims []int
		for _, d := range s.Dimensions {
			a := c.pick(d)
			b := a + 1 + c.pick(d-a)
			st := 1 + c.pick(2)
			starts, limits, strides, dims = append(starts, a), append(limits, b), append(strides, st),
				append(dims, (b-a+st-1)/st)
		}
		c.add(shapes.Make(s.DType, dims...), c.exact[x],
			func(f compute.Function, v []compute.Value) (compute.Value, error) {
				return f.Slice(v[x], starts, limits, strides)
			})
	case 2:
		c.add(shapes.Make(s.DType, s.Size()), c.exact[x],
			func(f compute.Function, v []compute.Value) (compute.Value, error) {
				return f.Reshape(v[x], s.Size())
			})
	case 3:
		axis := c.pick(s.Rank())
		c.add(s, c.exact[x], func(f compute.Function, v []compute.Value) (compute.Value,
			error,
		) {
			return f.Reverse(v[x], axis)
		})
	case 4:
		axis := c.pick(s.Rank())
		if s.Size() > 5000 {
			return
		}
		dims := append([]int(nil), s.Dimensions...)
		dims[axis] *= 2
		c.add(shapes.Make(s.DType, dims...), c.exact[x],
			func(f compute.Function, v []compute.Value) (compute.Value, error) {
				return f.Concatenate(axis, v[x], v[x])
			})
	}
}

func permutation(p pick, n int) []int {
	list := make([]int, n)
	for i := range list {
		j := p(i + 1)
		list[i] = list[j]
		list[j] = i
	}
	return list
}

func (c *cook) broadcast(x int, s shapes.Shape) {
	if s.Rank() > 3 || s.Size() > 3000 {
		return
	}
	at, n := c.pick(s.Rank()+1), 1+c.pick(4)
	var dims, axes []int
	for i := 0; i <= s.Rank(); i++ {
		if i == at {
			dims = append(dims, n)
		}
		if i < s.Rank() {
			axes = append(axes, len(dims))
			dims = append(dims, s.Dimensions[i])
		}
	}
	out := shapes.Make(s.DType, dims...)
	c.add(out, c.exact[x], func(f compute.Function, v []compute.Value) (compute.Value, error) {
		return f.BroadcastInDim(v[x], out, axes)
	})
}

// product multiplies a value with itself or another over an axis of equal length, in any layout,
// perhaps with an axis of both as their batch.
func (c *cook) product(x int, s shapes.Shape) {
	const work = 1 << 23
	if s.Rank() == 0 || s.DType == dtypes.Bool || s.Size() > 2*mostElements {
		return
	}
	a, b := c.pick(s.Rank()), 0
	y := c.some(func(i int) bool {
		t := c.known[i]
		if t.DType != s.DType || t.Size() > 2*mostElements || s.Size()/s.Dimensions[a]*t.Size() > work {
			return false
		}
		b = slices.Index(t.Dimensions, s.Dimensions[a])
		return b >= 0
	})
	if y < 0 {
		return
	}
	t := c.known[y]
	var batchX, batchY, dims []int
	if s.Rank() > 1 && t.Rank() > 1 && c.pick(2) == 0 {
		i, j := (a+1)%s.Rank(), (b+1)%t.Rank()
		if a > 0 && b > 0 {
			i, j = 0, 0
		}
		if s.Dimensions[i] == t.Dimensions[j] {
			batchX, batchY, dims = []int{i}, []int{j}, []int{s.Dimensions[i]}
		}
	}
	rest := func(of shapes.Shape, contracted int, batch []int) {
		for i, d := range of.Dimensions {
			if i != contracted && !slices.Contains(batch, i) {
				dims = append(dims, d)
			}
		}
	}
	rest(s, a, batchX)
	rest(t, b, batchY)
	out := shapes.Make(s.DType, dims...)
	if out.Size() > 2*mostElements {
		return
	}
	scale := 1 / math.Sqrt(float64(s.Dimensions[a])) // so that the hyperbolic tangents are not all 1
	c.add(out, c.exact[x] && c.exact[y] && !s.DType.IsFloat(),
		func(f compute.Function, v []compute.Value) (compute.Value, error) {
			z, err := f.DotGeneral(v[x], []int{a}, batchX, v[y], []int{b}, batchY, compute.DotGeneralConfig{})
			if err != nil || !s.DType.IsFloat() {
				return z, err
			}
			ch := chainOf(f)
			by := ch.one(f.ConvertDType(ch.one(constantFloat(f, scale)), s.DType))
			return ch.one(f.Tanh(ch.one(f.Mul(z, by)))), ch.err
		})
}

// constantFloat is a number as a float64 scalar.
func constantFloat(f compute.Function, v float64) (compute.Value, error) {
	x, err := f.Constant([]float64{v}, 1)
	if err != nil {
		return nil, err
	}
	return f.Reshape(x)
}

// gather takes rows of a value, some of them several times.
func (c *cook) gather(x int, s shapes.Shape) {
	if s.Rank() < 2 || s.DType == dtypes.Bool || s.Size() > mostElements {
		return
	}
	n := 1 + c.pick(2*s.Dimensions[0])
	if n*s.Size()/s.Dimensions[0] > mostElements {
		return
	}
	rows, out, sizes := make([]int32, n), s.Clone(), s.Clone().Dimensions
	for i := range rows {
		rows[i] = int32(c.pick(s.Dimensions[0]))
	}
	out.Dimensions[0], sizes[0] = n, 1
	var offset []int
	for i := 1; i < s.Rank(); i++ {
		offset = append(offset, i)
	}
	c.add(out, c.exact[x], func(f compute.Function, v []compute.Value) (compute.Value, error) {
		at, err := f.Constant(rows, n, 1)
		if err != nil {
			return nil, err
		}
		return f.Gather(v[x], at, 1, offset, []int{0}, []int{0}, sizes, false)
	})
}

func (c *cook) convert(x int, s shapes.Shape) {
	to := c.types[c.pick(len(c.types))]
	if s.DType.IsFloat() && !to.IsFloat() {
		return
	}
	out := s.Clone()
	out.DType = to
	c.add(out, c.exact[x] && !to.IsFloat(), func(f compute.Function, v []compute.Value) (compute.Value, error) {
		z, err := f.ConvertDType(v[x], to)
		if err != nil || !to.IsFloat() {
			return z, err
		}
		return f.Tanh(z)
	})
}

// choose compares exactly known values and selects by the outcome.
func (c *cook) choose(x int, s shapes.Shape) {
	a := c.some(func(i int) bool {
		return c.exact[i] && c.known[i].EqualDimensions(s) && c.known[i].DType != dtypes.Bool
	})
	y := c.some(func(i int) bool { return c.known[i].Equal(s) })
	if a < 0 {
		return
	}
	c.add(s, c.exact[x] && c.exact[y], func(f compute.Function, v []compute.Value) (compute.Value, error) {
		ch := chainOf(f)
		zero := ch.one(f.Sub(v[a], v[a]))
		return ch.one(f.Where(ch.one(f.GreaterThan(v[a], zero)), v[x], v[y])), ch.err
	})
}
