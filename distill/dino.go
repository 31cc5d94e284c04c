// Package distill is self-distillation with no labels (Caron et al. 2021, "Emerging Properties in
// Self-Supervised Vision Transformers", arXiv:2104.14294): a student sees all crops of an image, a
// teacher that is the running average of the student sees the large ones, and the student learns to
// predict the teacher's output for every other crop.
//
// A [Model] is a recipe for graphs; the weights live in a [model.Store], under the names of the
// seed class's state dict ("backbone.student.…", "projector.teacher.…"). [Model.Forward] is its
// forward pass, [Model.Step] one step of training.
//
// Views come first in all logits: student logits are [S, B, K] and teacher logits [T, B, K] for S
// views, of which the first T are the global ones, B images and K prototypes.
//
// Tests: golden (heads, loss, center, teacher, whole steps), oracle (loops beside every formula),
// property (equivalences, gradients), trajectory (losses of the first steps).
package distill

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/schedule"
)

// Model is DINO around a backbone and a projection head, each as student and teacher.
type Model struct {
	Config
	Backbones  TeacherStudent // of [Config.Backbone]: the student and the teacher that follows it
	Projectors TeacherStudent // the heads behind them
	Center     Center

	// Measurements are what a step measures, in the order of [Metrics.Values].
	Measurements []Measurement

	prototypes string // name of the head's last layer
}

// New builds the model of a configuration. Its variables are created by [Model.Init].
func New(c Config) (*Model, error) {
	c, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	head, err := NewHead(c.Projection())
	if err != nil {
		return nil, err
	}
	student := c.Backbone
	if student == nil {
		if student, err = c.Network().New(); err != nil {
			return nil, err
		}
	}
	return &Model{
		Config: c,
		Backbones: TeacherStudent{
			Scope: "backbone", Student: student, Teacher: quiet(student),
			EMABuffers: c.EMABuffers,
		},
		Projectors: TeacherStudent{Scope: "projector", Student: head, Teacher: head, EMABuffers: c.EMABuffers},
		Center:     Center{Momentum: c.CenterMomentum, Rule: c.CenterRule},
		prototypes: head.Prototypes(), Measurements: MeasurementsOf(c),
	}, nil
}

// Input is what [Model.Forward] takes: views for training, or images for evaluation. All are [B, C,
// H, W]; the global views have one size, the local ones another.
type Input struct {
	Global []*graph.Node
	Local  []*graph.Node
	Images *graph.Node
}

// Output is the result of [Model.Forward].
type Output struct {
	Loss          *graph.Node // scalar, what the student minimises; 0 for images
	CrossEntropy  *graph.Node // scalar: the loss of DINO, which Loss is unless KoLeo is added; nil for images
	KoLeo         *graph.Node // scalar: the sum of [KoLeo] over the global views, unweighted; nil where its weight is 0
	Embedding     *graph.Node // the teacher's features: [T·B, D] of the global views, view-major, or [B, D] of images
	TeacherLogits *graph.Node // [T, B, K]; nil for images
	StudentLogits *graph.Node // [S, B, K]; nil for images
	TeacherProbs  *graph.Node // [T, B, K], the targets; nil for images
	CenterUsed    *graph.Node // [1, K], what was subtracted; nil for images and Sinkhorn-Knopp
}

// Forward is the forward pass of the seed class. Given images it returns the teacher's features and
// a zero loss. Otherwise it runs the teacher on the global views and the student on all, applies
// the center update queued by the step before, compares, and queues this step's. teacherTemperature
// is a float32 scalar node (see [Model.TeacherTemperature]); it is not used for images.
func (m *Model) Forward(scope *model.Scope, in Input, teacherTemperature *graph.Node) Output {
	if in.Images != nil {
		return m.evaluate(scope, in.Images)
	}
	out := m.compare(scope, in, teacherTemperature)
	if m.Targets == TargetsCentering {
		m.Center.Advance(scope, BatchMean(out.TeacherLogits))
	}
	return out
}

// evaluate is the path for images.
func (m *Model) evaluate(scope *model.Scope, images *graph.Node) Output {
	g := images.Graph()
	scope.Store().SetTraining(g, false)
	embedding := layer.Float32(cls(m.Backbones.ForwardTeacher(scope, m.compute(images))))
	return Output{Loss: graph.ScalarZero(g, dtypes.Float32), Embedding: embedding}
}

// compare is the training path without the update of the center.
func (m *Model) compare(scope *model.Scope, in Input, teacherTemperature *graph.Node) Output {
	if len(in.Global) == 0 {
		exceptions.Panicf("distill: forward needs global views or images")
	}
	views, batch := len(in.Global)+len(in.Local), in.Global[0].Shape().Dim(0)
	globals := m.compute(graph.Concatenate(in.Global, 0))
	scope.Store().SetTraining(globals.Graph(), true)

	var out Output
	features := cls(m.Backbones.ForwardTeacher(scope, globals))
	out.Embedding = layer.Float32(features)
	out.TeacherLogits = split(m.Projectors.ForwardTeacher(scope, features), len(in.Global), batch)

	features = cls(m.Backbones.ForwardStudent(scope, globals))
	if m.KoLeoWeight > 0 {
		out.KoLeo = koleo(features, len(in.Global))
	}
	if len(in.Local) > 0 {
		locals := m.compute(graph.Concatenate(in.Local, 0))
		features = graph.Concatenate([]*graph.Node{features, cls(m.Backbones.ForwardStudent(scope, locals))}, 0)
	}
	// One pass of the head over all crops, as in the official code: a batch norm sees them
	// together.
	out.StudentLogits = split(m.Projectors.ForwardStudent(scope, features), views, batch)

	out.TeacherProbs, out.CenterUsed = m.targets(scope, out.TeacherLogits, teacherTemperature)
	out.CrossEntropy = CrossEntropy(out.StudentLogits, out.TeacherProbs, m.TemperatureStudent)
	out.Loss = out.CrossEntropy
	if out.KoLeo != nil {
		out.Loss = graph.Add(out.Loss, graph.MulScalar(out.KoLeo, m.KoLeoWeight))
	}
	return out
}

// targets turns teacher logits into probabilities, and returns the center that was subtracted, if
// any.
func (m *Model) targets(scope *model.Scope, logits, temperature *graph.Node) (probs, center *graph.Node) {
	if m.Targets == TargetsSinkhorn {
		return graph.StopGradient(SinkhornKnopp(logits, temperature, m.SinkhornIterations)), nil
	}
	center = m.Center.Current(scope, logits.Graph(), m.NPrototypes)
	return graph.StopGradient(CenteredSoftmax(logits, center, temperature)), center
}

// compute converts images to the data type of the computation.
func (m *Model) compute(images *graph.Node) *graph.Node {
	return precision.Convert(images, m.Precision)
}

// split views logits [views·B, K] as [views, B, K], in float32.
func split(logits *graph.Node, views, batch int) *graph.Node {
	return graph.Reshape(layer.Float32(logits), views, batch, logits.Shape().Dim(-1))
}

// TeacherTemperature is the temperature of the teacher's softmax in an epoch, counted from 0: the
// warm-up of the kind, start, final value and length that the configuration has.
func (m *Model) TeacherTemperature(epoch int) float64 {
	first, final, warmup := m.TemperatureTeacherWarmup, m.TemperatureTeacher, m.WarmupEpochsTemperatureTeacher
	if m.TemperatureTeacherKind == schedule.KindOfficial {
		return schedule.TemperatureOfficial{First: first, Final: final, Warmup: warmup}.At(epoch)
	}
	return schedule.TemperatureSeed{First: first, Final: final, Warmup: warmup}.At(epoch)
}

// Init creates all variables in store that it does not hold yet, with initial values that are a
// function of (seed, variable name). A teacher that has no variables yet starts as a copy of the
// student. shape is that of a batch of images, [B, C, H, W]; a backbone may depend on C, H and W.
//
// It also seeds the random state of the store, from which stochastic depth draws. That state is no
// variable of a checkpoint: seed it anew before every step to resume exactly.
func (m *Model) Init(backend model.Backend, store *model.Store, seed uint64, shape [4]int) error {
	store.SetParam("/"+layer.ParamSeed, seed)
	if err := store.SetRNGStateFromSeed(int64(seed)); err != nil {
		return fmt.Errorf("distill: seeding the noise: %w", err)
	}
	var fresh []TeacherStudent
	for _, w := range []TeacherStudent{m.Backbones, m.Projectors} {
		if names, _ := layer.Within(store, w.path("teacher")); len(names) == 0 {
			fresh = append(fresh, w)
		}
	}
	build := func(g *graph.Graph) {
		model.SetStore(g, store)
		scope := store.RootScope()
		images := graph.Zeros(g, shapes.Make(dtypes.Float32, shape[:]...))
		every := *m
		every.KoLeoWeight = 0 // has no variables, and one image no neighbour
		every.Forward(scope, Input{Global: []*graph.Node{images, images}}, graph.ScalarOne(g, dtypes.Float32))
	}
	g := graph.NewGraph(backend, "dino.init")
	defer g.Finalize()
	if err := exceptions.TryCatch[error](func() { build(g) }); err != nil {
		return fmt.Errorf("distill: building the model: %w", err)
	}
	for _, w := range fresh {
		if err := w.CopyStudent(store); err != nil {
			return err
		}
	}
	return nil
}
