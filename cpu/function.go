package cpu

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// function records operations. It implements [compute.Function]; operations that the engine lacks
// return [compute.ErrNotImplemented].
type function struct {
	notimplemented.Function
	builder  *builder
	parent   *function
	graph    *graph.Function
	returned bool
}

var _ compute.Function = (*function)(nil)

// Name implements [compute.Function]; closures have none.
func (f *function) Name() string { return f.graph.Name }

// Builder implements [compute.Function].
func (f *function) Builder() compute.Builder { return f.builder }

// Parent implements [compute.Function].
func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure implements [compute.Function].
func (f *function) Closure() (compute.Function, error) {
	if err := f.open("Closure"); err != nil {
		return nil, err
	}
	return f.builder.newFunction("", f), nil
}

// open returns an error if the function has returned and takes no more operations.
func (f *function) open(op string) error {
	if f.returned || f.builder.compiled {
		return errors.Errorf("cpu: %s: function %q is complete", op, f.graph.Name)
	}
	return nil
}

// Shape implements [compute.Function].
func (f *function) Shape(x compute.Value) (shapes.Shape, error) { return f.builder.OpShape(x) }

// Parameter implements [compute.Function].
func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if err := f.open("Parameter"); err != nil {
		return nil, err
	}
	if sharding != nil {
		return nil, errors.Wrap(compute.ErrNotImplemented, "cpu: sharding")
	}
	if !capabilities.DTypes[shape.DType] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: parameter %q of %s: the data type is not supported",
			name, shape)
	}
	v := f.graph.Add(compute.OpTypeParameter, graph.Parameter{Name: name}, nil, shape.Clone()).Outputs[0]
	f.graph.Params = append(f.graph.Params, v)
	return v, nil
}

// Constant implements [compute.Function].
func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	if err := f.open("Constant"); err != nil {
		return nil, err
	}
	dtype, n := flatType(flat)
	if dtype != dtypes.InvalidDType && !capabilities.DTypes[dtype] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: constant of %s: the data type is not supported",
			dtype)
	}
	if dtype == dtypes.InvalidDType {
		return nil, errors.Errorf("cpu: constant: the data is %T: must be a slice of a supported data type", flat)
	}
	if slices.ContainsFunc(dims, func(d int) bool { return d < 0 }) {
		return nil, errors.Errorf("cpu: constant: dimensions are %v: must not be negative", dims)
	}
	shape := shapes.Make(dtype, dims...)
	if shape.Size() != n {
		return nil, errors.Errorf("cpu: constant: %d values for shape %s, which has %d", n, shape, shape.Size())
	}
	return f.constant(shape, dtypes.UnsafeByteSliceFromAny(flat)), nil
}

// constant adds a constant of a copy of the given bytes.
func (f *function) constant(shape shapes.Shape, data []byte) *graph.Value {
	return f.graph.Add(compute.OpTypeConstant, graph.Constant{DType: shape.DType, Data: aligned(data)}, nil,
		shape).Outputs[0]
}

// Return implements [compute.Function].
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if err := f.open("Return"); err != nil {
		return err
	}
	if len(outputs) == 0 {
		return errors.Errorf("cpu: function %q returns nothing: must return at least one value", f.graph.Name)
	}
	if len(shardings) != 0 {
		return errors.Wrap(compute.ErrNotImplemented, "cpu: sharding")
	}
	results, err := f.values("Return", outputs...)
	if err != nil {
		return err
	}
	f.graph.Results = results
	f.returned = true
	return nil
}

// values checks that operands belong to this builder, and captures those of enclosing functions.
func (f *function) values(op string, xs ...compute.Value) ([]*graph.Value, error) {
	if err := f.open(op); err != nil {
		return nil, err
	}
	list := make([]*graph.Value, len(xs))
	for i, x := range xs {
		v, err := f.builder.value(op, x)
		if err != nil {
			return nil, err
		}
		if list[i], err = f.graph.Capture(v); err != nil {
			return nil, errors.Errorf("cpu: %s: %v", op, err)
		}
	}
	return list, nil
}

// add records an operation with one result.
func (f *function) add(op compute.OpType, attr any, shape shapes.Shape, inputs ...*graph.Value) *graph.Value {
	return f.graph.Add(op, attr, inputs, shape).Outputs[0]
}

// single records an operation with one result whose shape is inferred from the operands'.
func (f *function) single(op compute.OpType, attr any, infer func(in []shapes.Shape) (shapes.Shape, error),
	xs ...compute.Value,
) (compute.Value, error) {
	in, err := f.values(op.String(), xs...)
	if err != nil {
		return nil, err
	}
	list := make([]shapes.Shape, len(in))
	for i, v := range in {
		list[i] = v.Shape
	}
	shape, err := infer(list)
	if err != nil {
		return nil, err
	}
	if !capabilities.DTypes[shape.DType] {
		return nil, errors.Wrapf(compute.ErrNotImplemented, "cpu: %s to %s: the data type is not supported", op,
			shape.DType)
	}
	return f.add(op, attr, shape, in...), nil
}

// list turns values into the interface's type.
func list(vs []*graph.Value) []compute.Value {
	xs := make([]compute.Value, len(vs))
	for i, v := range vs {
		xs[i] = v
	}
	return xs
}
