package distill

import (
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/measure"
)

// Update is what a step does to the student's parameters, each list in the order of
// [Model.Parameters].
type Update struct {
	Paths         []string      // of the parameters
	Gradients     []*graph.Node // of the whole batch, before clipping
	Before, After []*graph.Node // the parameters
	Teacher       []*graph.Node // the teacher's, which the student was compared with
}

// updated are the measurements of an [Update]: whether the gradient reaches all parts of the
// network, how large a step is, and how far the student is from its teacher.
func (c Config) updated() []Measurement {
	var all []Measurement
	for _, g := range gradientGroups {
		all = append(all, Measurement{
			Measurement: measure.Measurement{
				Name: "grad_norm_" + g.name, Group: "train", Doc: "`grad_norm` of " + g.doc + " alone",
			},
			Update: func(u Update) *graph.Node { return norm(u, g.of, u.Gradients) },
		})
	}
	return append(all, Measurement{
		Measurement: measure.Measurement{
			Name: "teacher_distance", Group: "train",
			Doc: "L2 norm of student minus teacher, all parameters, as a share of the student's",
		},
		Update: func(u Update) *graph.Node { return relative(u.Before, u.Teacher, u.Before) },
	}, Measurement{
		Measurement: measure.Measurement{
			Name: "update_size", Group: "train",
			Doc: "L2 norm of what the step changed in the student, all parameters, as a share of the student's",
		},
		Update: func(u Update) *graph.Node { return relative(u.After, u.Before, u.Before) },
	})
}

// gradientGroups are the parts of the network of which the gradient's norm is measured alone.
var gradientGroups = []struct {
	name, doc string
	of        func(path string) bool
}{
	{"input", "what stands before the first block (patches, positions, class token, stem)", isInput},
	{"blocks", "the rest of the backbone", func(path string) bool { return !isInput(path) && !isHead(path) }},
	{"head", "the head", isHead},
}

func isHead(path string) bool { return strings.HasPrefix(path, "/projector/") }

// isInput tells a parameter of what stands before the first block, by timm's names.
func isInput(path string) bool {
	return slices.ContainsFunc(strings.Split(path, model.ScopeSeparator), func(name string) bool {
		return slices.Contains([]string{
			"patch_embed", "pos_embed", "cls_token", "reg_token", "stem", "conv1", "bn1", "stem_0", "stem_1",
		}, name)
	})
}

// norm is the L2 norm of the values of the parameters that of selects; 0 where there are none.
func norm(u Update, of func(path string) bool, values []*graph.Node) *graph.Node {
	var some []*graph.Node
	for i, path := range u.Paths {
		if of(path) {
			some = append(some, values[i])
		}
	}
	return graph.Sqrt(squares(u.Before[0].Graph(), some))
}

// relative is ‖a − b‖/‖scale‖ over lists of values.
func relative(a, b, scale []*graph.Node) *graph.Node {
	differences := make([]*graph.Node, len(a))
	for i := range a {
		differences[i] = graph.Sub(a[i], b[i])
	}
	g := a[0].Graph()
	return graph.Sqrt(graph.Div(squares(g, differences), squares(g, scale)))
}

// squares is the sum of the squares of all values.
func squares(g *graph.Graph, values []*graph.Node) *graph.Node {
	total := graph.ScalarZero(g, dtypes.Float32)
	for _, x := range values {
		total = graph.Add(total, graph.ReduceAllSum(graph.Square(x)))
	}
	return total
}

// begin gathers an update before it is computed: After is what it is later.
func (m *Model) begin(store *model.Store, parameters []*model.Variable, gradients []*graph.Node) Update {
	g := gradients[0].Graph()
	u := Update{Gradients: gradients, Before: values(parameters, g)}
	for _, p := range parameters {
		u.Paths = append(u.Paths, p.Path())
		path := strings.Replace(p.Path(), "/student/", "/teacher/", 1)
		t := store.GetVariable(path)
		if t == nil {
			exceptions.Panicf("distill: the teacher has no variable %s: run CopyStudent first", path)
		}
		u.Teacher = append(u.Teacher, t.NodeValue(g))
	}
	return u
}

// done is the update with what has become of the parameters.
func (u Update) done(parameters []*model.Variable) Update {
	u.After = values(parameters, u.Before[0].Graph())
	return u
}
