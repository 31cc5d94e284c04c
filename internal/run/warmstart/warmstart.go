// Package warmstart gives an initialised model the weights of another project or run, from which
// training starts anew: at step 0, with fresh moments. Going on with a run is the business of
// package checkpoint.
//
// Tests: property (every part that the source has is in the store afterwards, what it lacks is left
// as it was).
package warmstart

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/internal/variables"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Load sets the variables of a model that [distill.Model.Init] has created: the backbones of
// teacher and student, which must fit, and the heads and the center where the source has them in
// the shapes of this model. A student that the source lacks starts as its teacher. It returns one
// line for each part that says what became of it.
func Load(store *model.Store, m *distill.Model, from *layout.Model) ([]string, error) {
	student, what := from.Student, "backbone: student and teacher"
	if student == nil {
		student, what = from.Teacher, "backbone: the student starts as a copy of the teacher"
	}
	if err := load(store, m.Backbones.Scope, from.Teacher, student); err != nil {
		return nil, fmt.Errorf("weights: %s does not fit model.vit: %w", from.Path, err)
	}
	lines := []string{what}
	head, loaded, err := loadHead(store, m, from)
	if err != nil {
		return nil, err
	}
	center, err := loadCenter(store, m, from, loaded)
	return append(lines, "head: "+head, "center: "+center, "left over: "+leftOver(from.Report.LeftOver)), err
}

// leftOver names the first tensors of the source that have no place in the model.
func leftOver(tensors []layout.Tensor) string {
	if len(tensors) == 0 {
		return "nothing"
	}
	const shown = 4
	var names []string
	for _, t := range tensors[:min(shown, len(tensors))] {
		name := fmt.Sprintf("%s %v", t.Name, t.Shape)
		if t.Why != "" {
			name += " (" + t.Why + ")"
		}
		names = append(names, name)
	}
	text := fmt.Sprintf("%d tensors, %s", len(tensors), strings.Join(names, ", "))
	if len(tensors) > shown {
		text += " and more; dino inspect lists all"
	}
	return text
}

// load sets the variables of both roles.
func load(store *model.Store, scope string, teacher, student map[string]weights.Tensor) error {
	if err := variables.Import(store, "/"+scope+"/teacher", teacher); err != nil {
		return err
	}
	return variables.Import(store, "/"+scope+"/student", student)
}

// loadHead sets the heads, and tells whether there were any of the model's shape.
func loadHead(store *model.Store, m *distill.Model, from *layout.Model) (what string, loaded bool, err error) {
	if from.Head == nil {
		return "random, the source has none", false, nil
	}
	teacher, student := from.TeacherHead, from.StudentHead
	what = "student and teacher"
	switch {
	case student == nil:
		student, what = teacher, "the student's starts as a copy of the teacher's"
	case teacher == nil:
		teacher, what = student, "the teacher's starts as a copy of the student's"
	}
	if want := m.Projection().Stored(); *from.Head != want {
		return fmt.Sprintf("random, the source has another: %s, this run has %s", from.Head, want), false, nil
	}
	if err := load(store, m.Projectors.Scope, teacher, student); err != nil {
		return "", false, fmt.Errorf("weights: the head of %s: %w", from.Path, err)
	}
	return what, true, nil
}

// loadCenter sets the center of logits. It belongs to the prototypes, so that it comes along only
// with the head.
func loadCenter(store *model.Store, m *distill.Model, from *layout.Model, head bool) (string, error) {
	switch {
	case m.Targets != distill.TargetsCentering:
		return "not used by this run", nil
	case from.Center == nil:
		return "starts anew, the source has none", nil
	case !head:
		return "starts anew with the head", nil
	}
	mean, err := from.Center.Float32s()
	if err != nil {
		return "", fmt.Errorf("weights: the center of %s: %w", from.Path, err)
	}
	state, shapes := map[string]weights.Tensor{}, center.Shapes(m.NPrototypes)
	for name, values := range center.Settled(mean).Values() {
		state[name] = weights.FromFloat32s(shapes[name], values)
	}
	if err := variables.Import(store, "/"+center.Scope, state); err != nil {
		return "", fmt.Errorf("weights: the center of %s: %w", from.Path, err)
	}
	return "that of the source", nil
}
