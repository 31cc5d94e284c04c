package distill

import (
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/optim"
)

// Step is one step of training, in the order of the official code: teacher, student, loss,
// gradients, clipping, update, teacher update; the center of this step is queued for the next.
// vector comes from [Optimizer.Vector]. It returns the forward pass and the metrics.
//
// A step whose loss or gradient is non-finite changes nothing, so that [Model.Trace] can tell where
// that comes from.
func (m *Model) Step(scope *model.Scope, in Input, vector *graph.Node, o Optimizer) (Output, Metrics) {
	h := unpack(vector)
	out := m.compare(scope, in, h.at(teacherTemp))
	parameters := m.Parameters(scope.Store())
	gradients := graph.Gradient(out.Loss, values(parameters, out.Loss.Graph())...)
	u := m.begin(scope.Store(), parameters, gradients)
	sound := graph.LogicalAnd(graph.IsFinite(out.Loss), graph.IsFinite(optim.Norm(gradients)))
	m.update(scope, o, h, parameters, gradients, BatchMean(out.TeacherLogits), sound)
	u = u.done(parameters)
	return out, m.metrics(out, gradients, &u)
}

// Accumulate is the first half of a step over one of several micro-batches of equal size: it adds
// gradients and teacher mean to the sums below the scope "accumulate", and changes nothing else.
// With [Model.ApplyAccumulated] it equals the step over the whole batch.
func (m *Model) Accumulate(scope *model.Scope, in Input, vector *graph.Node) (Output, Metrics) {
	out := m.compare(scope, in, unpack(vector).at(teacherTemp))
	g := out.Loss.Graph()
	parameters := m.Parameters(scope.Store())
	gradients := graph.Gradient(out.Loss, values(parameters, g)...)
	for i, p := range parameters {
		add(m.sum(scope.Store(), p), gradients[i])
	}
	add(m.meanSum(scope.Store()), BatchMean(out.TeacherLogits))
	return out, m.metrics(out, gradients, nil)
}

// ApplyAccumulated is the second half: it divides the sums by the number of micro-batches, updates
// as [Model.Step] does, and clears the sums. It returns what is measured of the whole batch's
// gradients, float32 [n]; [Model.MeasuredWhole] names the numbers.
func (m *Model) ApplyAccumulated(scope *model.Scope, vector *graph.Node, o Optimizer, microBatches int) *graph.Node {
	g := vector.Graph()
	scope.Store().SetTraining(g, true)
	parameters := m.Parameters(scope.Store())
	gradients := make([]*graph.Node, len(parameters))
	for i, p := range parameters {
		gradients[i] = take(m.sum(scope.Store(), p), g, microBatches)
	}
	u := m.begin(scope.Store(), parameters, gradients)
	m.update(scope, o, unpack(vector), parameters, gradients, take(m.meanSum(scope.Store()), g, microBatches),
		graph.IsFinite(optim.Norm(gradients)))
	u = u.done(parameters)
	return vectorOf(m.ofGradients(), Output{}, gradients, &u)
}

// update is the part of a step behind the gradients. Where sound, a truth value, is false, it
// changes nothing.
func (m *Model) update(scope *model.Scope, o Optimizer, h carriedNodes, parameters []*model.Variable,
	gradients []*graph.Node, teacherMean, sound *graph.Node,
) {
	switch o.Clip {
	case ClipPerTensor:
		gradients = optim.ClipPerTensor(gradients, o.ClipNorm)
	case ClipGlobal:
		gradients = optim.ClipGlobal(gradients, o.ClipNorm)
	}
	store := scope.Store()
	for i, p := range parameters {
		group := optim.Group{
			LR: h.at(rate), MeanCorrection: h.at(meanCorrection), RootCorrection: h.at(rootCorrection),
			Frozen: graph.LogicalNot(sound),
		}
		if optim.Decays(o.Decay, p.Name(), p.Shape().Rank()) {
			group.WeightDecay = h.at(weightDecay)
		}
		if m.isLastLayer(p) {
			group.MeanCorrection, group.RootCorrection = h.at(lastMeanCorrection), h.at(lastRootCorrection)
			group.Frozen = graph.LogicalOr(h.is(frozen), group.Frozen)
		}
		m.rule(o, p).Update(store, p, gradients[i], group)
	}
	follows := graph.Where(sound, h.at(momentum), graph.ScalarOne(sound.Graph(), dtypes.Float32)) // 1 moves nothing
	m.Backbones.UpdateTeacher(store, follows)
	m.Projectors.UpdateTeacher(store, follows)
	if m.Targets == TargetsCentering {
		m.Center.AdvanceWhere(scope, teacherMean, sound)
	}
}

// Parameters lists what is trained: the student's parameters, sorted by path.
func (m *Model) Parameters(store *model.Store) []*model.Variable {
	var parameters []*model.Variable
	for _, w := range []TeacherStudent{m.Backbones, m.Projectors} {
		names, byName := layer.Within(store, w.path("student"))
		for _, name := range names {
			if byName[name].Trainable {
				parameters = append(parameters, byName[name])
			}
		}
	}
	return parameters
}

func (m *Model) isLastLayer(p *model.Variable) bool {
	return strings.HasPrefix(p.Path(), m.Projectors.path("student")+"/"+m.prototypes+"/")
}

// sum is the accumulator of a parameter's gradient.
func (m *Model) sum(store *model.Store, p *model.Variable) *model.Variable {
	return layer.Buffer(store.Scope("/"+accumulateScope+p.Scope()), p.Name(), layer.Constant(0),
		p.Shape().Dimensions...)
}

// meanSum is the accumulator of the teacher's mean logits.
func (m *Model) meanSum(store *model.Store) *model.Variable {
	return layer.Buffer(store.Scope("/"+accumulateScope), "teacher_mean", layer.Constant(0), 1, m.NPrototypes)
}

const accumulateScope = "accumulate"

func add(sum *model.Variable, x *graph.Node) {
	sum.SetNodeValue(graph.Add(sum.NodeValue(x.Graph()), x))
}

// take returns sum/n and clears the sum.
func take(sum *model.Variable, g *graph.Graph, n int) *graph.Node {
	value := sum.NodeValue(g)
	sum.SetNodeValue(graph.ZerosLike(value))
	return graph.MulScalar(value, 1/float64(n))
}

func values(vars []*model.Variable, g *graph.Graph) []*graph.Node {
	nodes := make([]*graph.Node, len(vars))
	for i, v := range vars {
		nodes[i] = v.NodeValue(g)
	}
	return nodes
}
