package compare

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// report is the output: a contract, see docs/formats.md.
type report struct {
	A         string       `json:"a"`
	B         string       `json:"b"`
	Names     string       `json:"names"` // model or file: whose names are compared
	Equal     int          `json:"equal"` // tensors
	Different []difference `json:"different"`
	OnlyA     []string     `json:"only_a"`
	OnlyB     []string     `json:"only_b"`
}

type difference struct {
	Name     string   `json:"name"`
	ShapeA   []int    `json:"shape_a"`
	ShapeB   []int    `json:"shape_b"`
	Elements int      `json:"elements,omitempty"` // that differ, where the shapes are equal
	MaxAbs   *float64 `json:"max_abs"`            // null where the shapes differ, or a number is non-finite
	MaxRel   *float64 `json:"max_rel"`            // over the largest magnitude in a
}

// set are named tensors, read when asked for.
type set map[string]func() (weights.Tensor, error)

func compare(a, b *layout.Inspection, o Options) (*report, error) {
	r := &report{A: o.A, B: o.B, Names: "model", Different: []difference{}, OnlyA: []string{}, OnlyB: []string{}}
	left, right := set{}, set{}
	if o.Raw || a.Description == nil || b.Description == nil {
		r.Names = "file"
		left.ofSource(a.Source)
		right.ofSource(b.Source)
	} else {
		for _, side := range []struct {
			path string
			into set
		}{{o.A, left}, {o.B, right}} {
			m, err := layout.Open(side.path, layout.Options{Newest: checkpoint.OpenNewest})
			if err != nil {
				return nil, err
			}
			defer m.Close()
			side.into.ofModel(m)
		}
	}
	return r, r.fill(left, right, o.Tolerance)
}

func (s set) ofSource(source weights.Source) {
	for _, name := range source.Names() {
		s[name] = func() (weights.Tensor, error) { return source.View(name) }
	}
}

// ofModel names every tensor by its part.
func (s set) ofModel(m *layout.Model) {
	for part, tensors := range map[string]map[string]weights.Tensor{
		layout.PartTeacher: m.Teacher, layout.PartStudent: m.Student,
		layout.PartTeacherHead: m.TeacherHead, layout.PartStudentHead: m.StudentHead, layout.PartOptimizer: m.Optimizer,
	} {
		for name, t := range tensors {
			s[part+": "+name] = func() (weights.Tensor, error) { return t, nil }
		}
	}
	if m.Center != nil {
		s[layout.PartCenter] = func() (weights.Tensor, error) { return *m.Center, nil }
	}
}

func (r *report) fill(left, right set, tolerance float64) error {
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if right[name] == nil {
			r.OnlyA = append(r.OnlyA, name)
			continue
		}
		a, err := left[name]()
		if err != nil {
			return err
		}
		b, err := right[name]()
		if err != nil {
			return err
		}
		if err := r.add(name, a, b, tolerance); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(right)) {
		if left[name] == nil {
			r.OnlyB = append(r.OnlyB, name)
		}
	}
	return nil
}

func (r *report) add(name string, a, b weights.Tensor, tolerance float64) error {
	d := difference{Name: name, ShapeA: a.Shape, ShapeB: b.Shape}
	if !slices.Equal(a.Shape, b.Shape) {
		r.Different = append(r.Different, d)
		return nil
	}
	gap, err := weights.Compare(a, b)
	if err != nil {
		return fmt.Errorf("compare: tensor %s: %w", name, err)
	}
	if gap.Elements == 0 || gap.MaxAbs <= tolerance {
		r.Equal++
		return nil
	}
	d.Elements, d.MaxAbs, d.MaxRel = gap.Elements, finite(gap.MaxAbs), finite(gap.MaxRel)
	r.Different = append(r.Different, d)
	return nil
}

// finite is nil for what JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// text is the report for a person.
func (r *report) text() terminal.Text {
	var b terminal.Builder
	for _, d := range r.Different {
		switch {
		case !slices.Equal(d.ShapeA, d.ShapeB):
			b.Printf("differs   %s: shape %v and %v\n", d.Name, d.ShapeA, d.ShapeB)
		case d.MaxAbs == nil:
			b.Printf("differs   %s %v: in %d elements, some of which are non-finite\n", d.Name, d.ShapeA, d.Elements)
		default:
			b.Printf("differs   %s %v: in %d elements, by up to %.3g%s\n", d.Name, d.ShapeA, d.Elements, *d.MaxAbs,
				relative(d.MaxRel))
		}
	}
	for _, name := range r.OnlyA {
		b.Printf("only in A %s\n", name)
	}
	for _, name := range r.OnlyB {
		b.Printf("only in B %s\n", name)
	}
	b.Printf("%d tensors are equal, %d differ, %d are only in A, %d only in B (compared under the names of the %s)\n",
		r.Equal, len(r.Different), len(r.OnlyA), len(r.OnlyB), r.Names)
	return b.Text()
}

func relative(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf(" (%.3g of the largest)", *v)
}
