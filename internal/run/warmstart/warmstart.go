// Package warmstart gives an initialised model the weights of another project or run, from which
// training starts anew: at step 0, with a schedule of its own, and with the moments of the
// optimizer where the source has them. Going on with a run is the business of package checkpoint.
//
// Tests: property (every part that the source has is in the store afterwards, what it lacks is left
// as it was).
package warmstart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/optim"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Source are weights to start from.
type Source struct {
	*layout.Model
	// Updates are those that the moments have had; nil where nobody says how many, without which
	// moments are of no use.
	Updates *checkpoint.Updates
}

// Loaded is what came along.
type Loaded struct {
	Lines  []string           // one for each part, that says what became of it
	Before checkpoint.Updates // of the moments; 0 where these start anew
}

// Load sets the variables of a model that [distill.Model.Init] has created: the backbones of
// teacher and student, which must fit, and the heads and the center where the source has them in
// the shapes of this model. A student that the source lacks starts as its teacher. Where all
// parameters are the source's, and the source has the moments that the optimizer keeps of each,
// these are set, too.
func Load(store *model.Store, m *distill.Model, o distill.Optimizer, from Source) (l Loaded, err error) {
	student, what := from.Student, "backbone: student and teacher"
	if student == nil {
		student, what = from.Teacher, "backbone: the student starts as a copy of the teacher"
	}
	if err := load(store, m.Backbones.Scope, from.Teacher, student); err != nil {
		return l, fmt.Errorf("weights: %s does not fit model.vit: %w", from.Path, err)
	}
	head, loaded, err := loadHead(store, m, from.Model)
	if err != nil {
		return l, err
	}
	center, err := loadCenter(store, m, from.Model, loaded)
	if err != nil {
		return l, err
	}
	moments, before, err := loadMoments(store, m, o, from, loaded)
	l.Before = before
	l.Lines = []string{
		what, "head: " + head, "center: " + center, "optimizer: " + moments,
		"left over: " + leftOver(from.Report.LeftOver),
	}
	return l, err
}

// loadMoments sets the moments of the optimizer, all or none: beside moments of a long run, those
// of a new parameter would be taken for settled ones.
func loadMoments(store *model.Store, m *distill.Model, o distill.Optimizer, from Source,
	head bool,
) (what string, before checkpoint.Updates, err error) {
	switch {
	case from.Optimizer == nil:
		return "starts anew, the source has no moments", before, nil
	case !head || from.Student == nil || from.StudentHead == nil:
		return "starts anew, for not all parameters are the source's; its moments are left", before, nil
	case from.Updates == nil:
		return "starts anew, for the source does not say how many updates its moments have had; they are left", before,
			nil
	}
	moments := map[string]weights.Tensor{}
	for _, p := range m.Parameters(store) {
		for _, path := range m.Moments(o, p) {
			name := variables.Name(path)
			t, ok := from.Optimizer[strings.TrimPrefix(name, optim.MomentScope+".")]
			if !ok || !slices.Equal(t.Shape, p.Shape().Dimensions) {
				return "starts anew, for the moments of the source are another optimizer's; they are left", before, nil
			}
			moments[name] = t
		}
	}
	if err := variables.Create(store, "/", moments); err != nil {
		return "", before, fmt.Errorf("weights: the moments of %s: %w", from.Path, err)
	}
	return fmt.Sprintf("moments of the source, after %d updates", from.Updates.All), *from.Updates, nil
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
