package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// closure checks a closure of f that takes and returns values of the given shapes; a nil list is
// not checked.
func (f *function) closure(op string, c compute.Function, parameters, results []shapes.Shape) (*graph.Function, error) {
	body, ok := c.(*function)
	if !ok || body == nil || body.parent != f || !body.returned {
		return nil, errors.Errorf("cpu: %s: the function must be a closure of the calling function that has returned",
			op)
	}
	if err := sameShapes(body.graph.Params, parameters); err != nil {
		return nil, errors.WithMessagef(err, "cpu: %s: parameters of the closure", op)
	}
	if results != nil {
		if err := sameShapes(body.graph.Results, results); err != nil {
			return nil, errors.WithMessagef(err, "cpu: %s: results of the closure", op)
		}
	}
	return body.graph, nil
}

func sameShapes(got []*graph.Value, want []shapes.Shape) error {
	if len(got) != len(want) {
		return errors.Errorf("there are %d: must be %d", len(got), len(want))
	}
	for i, v := range got {
		if !v.Shape.Equal(want[i]) {
			return errors.Errorf("number %d is %s: must be %s", i, v.Shape, want[i])
		}
	}
	return nil
}

func shapesOf(vs []*graph.Value) []shapes.Shape {
	list := make([]shapes.Shape, len(vs))
	for i, v := range vs {
		list[i] = v.Shape
	}
	return list
}

// controlled records a control-flow operation. Its inputs are the operands, followed by what the
// closures captured.
func (f *function) controlled(op compute.OpType, attr any, operands []*graph.Value, outputs []shapes.Shape,
	bodies ...*graph.Function,
) []compute.Value {
	inputs := operands[:len(operands):len(operands)]
	for _, b := range bodies {
		inputs = append(inputs, b.Captures...)
	}
	n := f.graph.Add(op, attr, inputs, outputs...)
	n.Bodies = bodies
	return list(n.Outputs)
}

// If implements [compute.Function].
func (f *function) If(pred compute.Value, onTrue, onFalse compute.Function) ([]compute.Value, error) {
	in, err := f.values("If", pred)
	if err != nil {
		return nil, err
	}
	if !in[0].Shape.IsScalar() || in[0].Shape.DType != dtypes.Bool {
		return nil, errors.Errorf("cpu: If: the predicate is %s: must be a scalar of Bool", in[0].Shape)
	}
	a, err := f.closure("If", onTrue, nil, nil)
	if err != nil {
		return nil, err
	}
	b, err := f.closure("If", onFalse, nil, shapesOf(a.Results))
	if err != nil {
		return nil, err
	}
	return f.controlled(compute.OpTypeIf, nil, in, shapesOf(a.Results), a, b), nil
}

// While implements [compute.Function].
func (f *function) While(cond, body compute.Function, initialState ...compute.Value) ([]compute.Value, error) {
	in, err := f.values("While", initialState...)
	if err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, errors.Errorf("cpu: While: there is no state: must be at least one value")
	}
	state := shapesOf(in)
	c, err := f.closure("While", cond, state, []shapes.Shape{shapes.Make(dtypes.Bool)})
	if err != nil {
		return nil, err
	}
	b, err := f.closure("While", body, state, state)
	if err != nil {
		return nil, err
	}
	return f.controlled(compute.OpTypeWhile, nil, in, state, c, b), nil
}

// Sort implements [compute.Function]; the comparator takes (left 0, right 0, left 1, right 1, …),
// the order that GoMLX feeds.
func (f *function) Sort(comparator compute.Function, axis int, isStable bool,
	xs ...compute.Value,
) ([]compute.Value, error) {
	in, err := f.values("Sort", xs...)
	if err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, errors.Errorf("cpu: Sort: there are no tensors: must be at least one")
	}
	rank := in[0].Shape.Rank()
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank {
		return nil, errors.Errorf("cpu: Sort: the axis is out of range for %s", in[0].Shape)
	}
	var pairs []shapes.Shape
	for _, v := range in {
		if !v.Shape.EqualDimensions(in[0].Shape) {
			return nil, errors.Errorf("cpu: Sort: tensors are %s and %s: must have equal dimensions", in[0].Shape,
				v.Shape)
		}
		pairs = append(pairs, shapes.Make(v.Shape.DType), shapes.Make(v.Shape.DType))
	}
	c, err := f.closure("Sort", comparator, pairs, []shapes.Shape{shapes.Make(dtypes.Bool)})
	if err != nil {
		return nil, err
	}
	return f.controlled(compute.OpTypeSort, graph.Sort{Axis: axis, Stable: isStable}, in, shapesOf(in), c), nil
}

// Call implements [compute.Function]. The body is copied in place of the call.
func (f *function) Call(target compute.Function, xs ...compute.Value) ([]compute.Value, error) {
	in, err := f.values("Call", xs...)
	if err != nil {
		return nil, err
	}
	body, ok := target.(*function)
	if !ok || body == nil || body.builder != f.builder || !body.returned || body.parent != nil {
		return nil, errors.Errorf("cpu: Call: the target must be a named function of the same builder that " +
			"has returned")
	}
	if err := sameShapes(body.graph.Params, shapesOf(in)); err != nil {
		return nil, errors.WithMessagef(err, "cpu: Call of %q: arguments", body.Name())
	}
	return list(graph.Inline(f.graph, body.graph, in)), nil
}
