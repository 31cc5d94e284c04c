// Package variables moves the variables of a store in and out as named tensors. Below a scope, the
// variable "blocks/0/attn/qkv/weight" is the tensor "blocks.0.attn.qkv.weight": names in code are
// names on disk.
//
// Loading is total: every tensor must have its variable and every variable its tensor, with equal
// shapes and types.
package variables

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/weights"

	"github.com/dino-go/dino/internal/layer"
)

// typeNames maps the element types that variables may have to those of safetensors.
var typeNames = map[dtypes.DType]string{
	dtypes.Float32: weights.F32, dtypes.Float64: weights.F64, dtypes.BFloat16: weights.BF16,
	dtypes.Float16: weights.F16,
	dtypes.Int64:   weights.I64, dtypes.Int32: weights.I32, dtypes.Bool: weights.Bool,
}

// Name is the name of the tensor of a variable, by its path in a store.
func Name(path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(path, model.ScopeSeparator), model.ScopeSeparator, ".")
}

// Export copies the variables below a scope into tensors.
func Export(store *model.Store, scope string) (map[string]weights.Tensor, error) {
	names, byName := layer.Within(store, scope)
	out := make(map[string]weights.Tensor, len(names))
	for _, name := range names {
		value, err := byName[name].Value()
		if err != nil {
			return nil, fmt.Errorf("variables: reading %s: %w", byName[name].Path(), err)
		}
		typeName, ok := typeNames[value.DType()]
		if !ok {
			return nil, fmt.Errorf("variables: %s has type %s, which a weights file cannot hold", byName[name].Path(),
				value.DType())
		}
		var data []byte
		err = value.ConstBytes(func(b []byte) { data = slices.Clone(b) })
		if err != nil {
			return nil, fmt.Errorf("variables: reading %s: %w", byName[name].Path(), err)
		}
		out[name] = weights.Tensor{DType: typeName, Shape: slices.Clone(value.Shape().Dimensions), Data: data}
	}
	return out, nil
}

// exponent are the bits that infinities and NaNs have all set.
const exponent = 0x7f800000

// CheckFinite reports the first variable below a scope, by name, that holds a number that is not
// finite: its file is damaged, or the network that it is of has diverged.
func CheckFinite(store *model.Store, scope string) error {
	names, byName := layer.Within(store, scope)
	for _, name := range names {
		v := byName[name]
		if v.DType() != dtypes.Float32 {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("variables: reading %s: %w", v.Path(), err)
		}
		at := -1
		tensors.MustConstFlatData(value, func(flat []float32) {
			at = slices.IndexFunc(flat, func(x float32) bool { return math.Float32bits(x)&exponent == exponent })
		})
		if at >= 0 {
			return fmt.Errorf("variables: element %d of %s is non-finite: its file is damaged, or the network that it "+
				"is of has diverged; dino inspect --stats shows where else", at, name)
		}
	}
	return nil
}

// Import sets the variables below a scope from tensors. Nothing is set unless names, shapes and
// types agree both ways; the error lists the first few that do not.
func Import(store *model.Store, scope string, from map[string]weights.Tensor) error {
	names, byName := layer.Within(store, scope)
	var problems []string
	for _, name := range names {
		t, ok := from[name]
		shape := byName[name].Shape()
		switch {
		case !ok:
			problems = append(problems, fmt.Sprintf("missing %s %v", name, shape.Dimensions))
		case t.DType != typeNames[shape.DType] || !slices.Equal(t.Shape, shape.Dimensions):
			problems = append(problems,
				fmt.Sprintf("%s is %s %v, want %s %v", name, t.DType, t.Shape, typeNames[shape.DType],
					shape.Dimensions))
		}
	}
	var extra []string
	for name, t := range from {
		if byName[name] == nil {
			extra = append(extra, fmt.Sprintf("unexpected %s %v", name, t.Shape))
		}
	}
	sort.Strings(extra)
	if problems = append(problems, extra...); len(problems) > 0 {
		shown := problems[:min(len(problems), 5)]
		return fmt.Errorf("variables: %d tensors do not fit the model below %s: %s", len(problems), scope,
			strings.Join(shown, "; "))
	}
	values := make([]*tensors.Tensor, len(names))
	for i, name := range names {
		var err error
		if values[i], err = toTensor(from[name], byName[name].Shape()); err != nil {
			return fmt.Errorf("variables: importing %s: %w", name, err)
		}
	}
	for i, name := range names {
		if err := byName[name].SetValue(values[i]); err != nil {
			return fmt.Errorf("variables: importing %s: %w", name, err)
		}
	}
	return nil
}

// Create makes one new variable a tensor below a scope, for networks whose variables do not exist
// yet. A graph that is built later uses them in place of initial values; [Import] afterwards
// verifies that none is missing. A variable that exists already is an error.
func Create(store *model.Store, scope string, from map[string]weights.Tensor) error {
	for _, name := range slices.Sorted(maps.Keys(from)) {
		t := from[name]
		dtype, ok := dtypeOf(t.DType)
		if !ok {
			return fmt.Errorf("variables: tensor %s has type %s, which a variable cannot hold", name, t.DType)
		}
		path := strings.TrimSuffix(scope, model.ScopeSeparator) + model.ScopeSeparator + strings.ReplaceAll(name, ".",
			model.ScopeSeparator)
		if store.GetVariable(path) != nil {
			return fmt.Errorf("variables: creating %s: it exists already; import into it instead", path)
		}
		value, err := toTensor(t, shapes.Make(dtype, t.Shape...))
		if err == nil {
			_, err = store.CreateVariable(path, value)
		}
		if err != nil {
			return fmt.Errorf("variables: creating %s: %w", path, err)
		}
	}
	return nil
}

func dtypeOf(typeName string) (dtypes.DType, bool) {
	for dtype, name := range typeNames {
		if name == typeName {
			return dtype, true
		}
	}
	return dtypes.InvalidDType, false
}

func toTensor(t weights.Tensor, shape shapes.Shape) (*tensors.Tensor, error) {
	if int64(len(t.Data)) != int64(shape.ByteSize()) {
		return nil, fmt.Errorf("a tensor %s has %d bytes, want %d", shape, len(t.Data), shape.ByteSize())
	}
	value := tensors.FromShape(shape)
	err := value.MutableBytes(func(b []byte) { copy(b, t.Data) })
	return value, err
}
