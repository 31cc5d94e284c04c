package cpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"
)

// compile builds the recipe on an engine.
func (r *recipe) compile(b compute.Backend) (compute.Executable, error) {
	return r.compileOn(b, func(f compute.Function) compute.Function { return f })
}

// compileWide builds the recipe with all floats computed in float64. What would be bfloat16 is
// rounded to it after each step, and nothing else is.
func (r *recipe) compileWide(b compute.Backend) (compute.Executable, error) {
	return r.compileOn(b, func(f compute.Function) compute.Function { return &wideFunction{f} })
}

func (r *recipe) compileOn(b compute.Backend,
	wrap func(compute.Function) compute.Function,
) (compute.Executable, error) {
	builder := b.Builder("random")
	f := wrap(builder.Main())
	wide, _ := f.(*wideFunction)
	var values []compute.Value
	for i, s := range r.inputs {
		p, err := f.Parameter(fmt.Sprintf("x%d", i), s, nil)
		if err != nil {
			return nil, err
		}
		if wide != nil {
			if p, err = wide.widen(p, s.DType); err != nil {
				return nil, err
			}
		}
		values = append(values, p)
	}
	for i, st := range r.steps {
		v, err := st(f, values)
		if err == nil && wide != nil && r.known[len(values)].DType == dtypes.BFloat16 {
			v, err = wide.round(v, dtypes.BFloat16)
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
		values = append(values, v)
	}
	var results []compute.Value
	for _, i := range r.result {
		results = append(results, values[i])
	}
	if err := f.Return(results, nil); err != nil {
		return nil, err
	}
	return builder.Compile()
}

// wideFunction builds graphs whose floats are all float64.
type wideFunction struct{ compute.Function }

// widen takes a value of a type to the one that it is computed in.
func (f *wideFunction) widen(v compute.Value, from dtypes.DType) (compute.Value, error) {
	if !from.IsFloat() {
		return v, nil
	}
	return f.Function.ConvertDType(v, dtypes.Float64)
}

// round rounds a value to a shorter float, and keeps it as float64.
func (f *wideFunction) round(v compute.Value, to dtypes.DType) (compute.Value, error) {
	z, err := f.Function.ConvertDType(v, to)
	if err != nil {
		return nil, err
	}
	return f.Function.ConvertDType(z, dtypes.Float64)
}

func (f *wideFunction) ConvertDType(v compute.Value, to dtypes.DType) (compute.Value, error) {
	if !to.IsFloat() {
		return f.Function.ConvertDType(v, to)
	}
	return f.Function.ConvertDType(v, dtypes.Float64)
}

func (f *wideFunction) BroadcastInDim(v compute.Value, shape shapes.Shape, axes []int) (compute.Value, error) {
	if shape.DType.IsFloat() {
		shape = shape.Clone()
		shape.DType = dtypes.Float64
	}
	return f.Function.BroadcastInDim(v, shape, axes)
}

// data draws values for the inputs, in [−2, 2] or the like for each type.
func (r *recipe) data(p pick) []any {
	var list []any
	for _, s := range r.inputs {
		flat := dtypes.MakeAnySlice(s.DType, s.Size())
		for i := range s.Size() {
			k := p(33) - 16
			switch x := flat.(type) {
			case []float32:
				x[i] = float32(k) / 8
			case []float64:
				x[i] = float64(k) / 8
			case []bfloat16.BFloat16:
				x[i] = bfloat16.FromFloat32(float32(k) / 8)
			case []int32:
				x[i] = int32(k)
			case []int64:
				x[i] = int64(k)
			case []int8:
				x[i] = int8(k)
			case []uint8:
				x[i] = uint8(k + 16)
			case []bool:
				x[i] = k > 0
			}
		}
		list = append(list, flat)
	}
	return list
}

// execute runs an executable on an engine and returns the results as flat slices.
func execute(b compute.Backend, e compute.Executable, inputs []shapes.Shape, data []any) ([]any, error) {
	var buffers []compute.Buffer
	for i, flat := range data {
		x, err := b.BufferFromFlatData(0, flat, inputs[i])
		if err != nil {
			return nil, err
		}
		buffers = append(buffers, x)
	}
	outputs, err := e.Execute(buffers, nil, 0)
	if err != nil {
		return nil, err
	}
	var list []any
	for _, o := range outputs {
		s, err := o.Shape()
		if err != nil {
			return nil, err
		}
		flat := dtypes.MakeAnySlice(s.DType, s.Size())
		if err := o.ToFlatData(flat); err != nil {
			return nil, err
		}
		list = append(list, flat)
	}
	return list, nil
}
