package layout

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/weights"
)

// Parts of a model: see [Use].
const (
	PartTeacher     = "teacher"
	PartStudent     = "student"
	PartTeacherHead = "teacher head"
	PartStudentHead = "student head"
	PartCenter      = "center"
	PartOptimizer   = "optimizer"
)

// recipe is how a tensor of the model is made from tensors of the source.
type recipe struct {
	part  string
	name  string
	shape []int
	from  []string
	// build makes the data from F32 tensors; nil takes the only one.
	build func(from []weights.Tensor) []float32
}

// fill makes all tensors.
func (m *Model) fill(recipes []recipe) error {
	parts := map[string]map[string]weights.Tensor{}
	for _, r := range recipes {
		t, err := r.make(m.source)
		if err != nil {
			return err
		}
		if parts[r.part] == nil {
			parts[r.part] = map[string]weights.Tensor{}
		}
		parts[r.part][r.name] = t
	}
	m.Teacher, m.Student = parts[PartTeacher], parts[PartStudent]
	m.TeacherHead, m.StudentHead = parts[PartTeacherHead], parts[PartStudentHead]
	m.Optimizer = parts[PartOptimizer]
	if mean, ok := parts[PartCenter][center.Center]; ok {
		m.Center = &mean
	}
	return nil
}

func (r recipe) make(source weights.Source) (weights.Tensor, error) {
	from := make([]weights.Tensor, len(r.from))
	for i, name := range r.from {
		t, err := source.View(name)
		if err != nil {
			return t, err
		}
		if from[i], err = toFloat32(t); err != nil {
			return t, fmt.Errorf("tensor %s: %w", name, err)
		}
	}
	if r.build == nil {
		from[0].Shape = r.shape
		return from[0], nil
	}
	return weights.FromFloat32s(r.shape, r.build(from)), nil
}

// toFloat32 converts a floating point tensor; one that is F32 already is returned as it is, and so
// is a count.
func toFloat32(t weights.Tensor) (weights.Tensor, error) {
	if t.DType == weights.F32 || (t.DType == weights.I64 && len(t.Shape) == 0) {
		return t, nil
	}
	values, err := t.Float32s()
	if err != nil {
		return t, err
	}
	return weights.FromFloat32s(t.Shape, values), nil
}

// concatenate joins tensors along their first axis.
func concatenate(from []weights.Tensor) []float32 {
	var all []float32
	for _, t := range from {
		all = append(all, floats(t)...)
	}
	return all
}

// floats are the elements of an F32 tensor.
func floats(t weights.Tensor) []float32 {
	out := make([]float32, len(t.Data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return out
}

// foldClassPosition adds the first entry of the position embedding to the class token, and leaves
// the entries of the patches: the form of a network whose registers have no positions (timm's
// no_embed_class).
func (p *plan) foldClassPosition() {
	for _, part := range []string{PartTeacher, PartStudent} {
		token, pos := p.recipeFor(part, "cls_token"), p.recipeFor(part, "pos_embed")
		if token == nil || pos == nil || len(pos.shape) != 3 {
			continue // the verification names what is missing
		}
		width := pos.shape[2]
		token.from = []string{token.from[0], pos.from[0]}
		token.build = func(from []weights.Tensor) []float32 {
			sum, first := floats(from[0]), floats(from[1])[:width]
			for i, v := range first {
				sum[i] += v
			}
			return sum
		}
		pos.shape = []int{pos.shape[0], pos.shape[1] - 1, width}
		pos.build = func(from []weights.Tensor) []float32 { return floats(from[0])[width:] }
	}
}
