package distill

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/schedule"
)

func TestForwardNeedsViewsOrImages(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	for name, in := range map[string]func([]*graph.Node) Input{
		"nothing":          func([]*graph.Node) Input { return Input{} },
		"empty globals":    func([]*graph.Node) Input { return Input{Global: []*graph.Node{}} },
		"local views only": func(views []*graph.Node) Input { return Input{Local: views[2:]} },
	} {
		err := graphtest.Error(t, r.store, func(scope *model.Scope, views []*graph.Node) []*graph.Node {
			return []*graph.Node{r.model.Forward(scope, in(views),
				graph.ScalarOne(views[0].Graph(), views[0].DType())).Loss}
		}, views(1, 2)...)
		if !strings.Contains(err.Error(), "distill: forward needs global views or images") {
			t.Errorf("%s: got %q", name, err)
		}
	}
}

// Images give the teacher's class token and a zero loss, whatever else is given, and change no
// state.
func TestForwardOfImages(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	for _, v := range r.model.Parameters(r.store) { // make the student another network than the teacher
		if err := v.SetValue(graphtest.Tensor(graphtest.Normal(2, v.Shape().Size()),
			v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	before := r.state(t)
	batch := views(1, 3)
	outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := r.model.Forward(scope, Input{Images: in[0], Global: in[1:2]}, nil)
		if out.TeacherLogits != nil || out.StudentLogits != nil || out.TeacherProbs != nil || out.CenterUsed != nil {
			t.Error("images give logits")
		}
		out.Embedding.AssertDims(3, 8)
		network := r.model.Backbones.Teacher
		return []*graph.Node{out.Loss, out.Embedding, network.Forward(scope.At("backbone").At("teacher"), in[0])}
	}, batch...)
	if loss := tensors.ToScalar[float32](outputs[0]); loss != 0 {
		t.Errorf("the loss is %g, want 0", loss)
	}
	if !slices.Equal(graphtest.Floats(outputs[1]), graphtest.Floats(outputs[2])) {
		t.Error("the embedding is not the teacher's")
	}
	for name, value := range r.state(t) {
		if !slices.Equal(value, before[name]) {
			t.Errorf("an evaluation changes %s", name)
		}
	}
}

func TestForwardShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		globals, locals, batch := rapid.IntRange(1, 3).Draw(t, "globals"), rapid.IntRange(0, 3).Draw(t, "locals"),
			rapid.IntRange(1, 3).Draw(t, "batch")
		if globals+locals < 2 {
			return // no pair to compare
		}
		r := newTraining(t, tiny(), DefaultOptimizer(), 1)
		var inputs []*tensors.Tensor
		for i := range globals + locals {
			side := 8
			if i >= globals {
				side = 4
			}
			inputs = append(inputs, graphtest.Tensor(graphtest.Normal(uint64(i), batch*3*side*side), batch, 3, side,
				side))
		}
		graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := r.model.Forward(scope, Input{Global: in[:globals], Local: in[globals:]},
				graph.Const(in[0].Graph(), float32(0.04)))
			out.Loss.AssertScalar()
			out.Embedding.AssertDims(globals*batch, 8)
			out.TeacherLogits.AssertDims(globals, batch, 10)
			out.TeacherProbs.AssertDims(globals, batch, 10)
			out.StudentLogits.AssertDims(globals+locals, batch, 10)
			out.CenterUsed.AssertDims(1, 10)
			return []*graph.Node{out.Loss}
		}, inputs...)
	})
}

// Rows are view-major: all images of view 0, then all of view 1. Each equals a pass over that view
// alone.
func TestForwardIsViewMajor(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	batch := views(4, 3)
	outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := r.model.compare(scope, inputOf(in), graph.Const(in[0].Graph(), float32(0.04)))
		parts := []*graph.Node{out.Embedding, out.TeacherLogits, out.StudentLogits, out.Loss}
		for _, view := range in {
			features := cls(r.model.Backbones.ForwardTeacher(scope, view))
			// the student is equal at the start
			parts = append(parts, features, r.model.Projectors.ForwardTeacher(scope, features))
		}
		return parts
	}, batch...)
	var embedding, logits []float32
	for view := range 3 {
		logits = append(logits, graphtest.Floats(outputs[5+2*view])...)
		if view < 2 {
			embedding = append(embedding, graphtest.Floats(outputs[4+2*view])...)
		}
	}
	testkit.AllClose(t, "embedding", graphtest.Floats(outputs[0]), embedding, 1e-6)
	testkit.AllClose(t, "teacher logits", graphtest.Floats(outputs[1]), logits[:2*3*10], 1e-6)
	testkit.AllClose(t, "student logits", graphtest.Floats(outputs[2]), logits, 1e-6)
}

// Forward is the seed's: it queues the center. The first call subtracts nothing, the second the
// mean of the first.
func TestForwardQueuesTheCenter(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	forward := func(seed uint64) (used, mean []float32) {
		outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := r.model.Forward(scope, inputOf(in), graph.Const(in[0].Graph(), float32(0.04)))
			return []*graph.Node{out.CenterUsed, BatchMean(out.TeacherLogits)}
		}, views(seed, 2)...)
		return graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])
	}
	none, first := forward(1)
	second, _ := forward(2)
	if l2(none) != 0 {
		t.Errorf("the first step subtracts %v", none)
	}
	if !slices.Equal(second, first) {
		t.Errorf("the second step subtracts %v, want the first batch's mean %v", second, first)
	}
}

// The official warm-up ends one epoch before the seed's: at its last index, not after it.
func TestTeacherTemperature(t *testing.T) {
	for kind, wants := range map[string]map[int]float64{
		"":                    {0: 0.04, 1: 0.043, 9: 0.067, 10: 0.07, 500: 0.07},
		schedule.KindSeed:     {0: 0.04, 1: 0.043, 9: 0.067, 10: 0.07, 500: 0.07},
		schedule.KindOfficial: {0: 0.04, 1: 0.04 + 0.03/9, 8: 0.04 + 8*0.03/9, 9: 0.07, 10: 0.07, 500: 0.07},
	} {
		c := tiny()
		c.WarmupEpochsTemperatureTeacher, c.TemperatureTeacherKind = 10, kind
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		for epoch, want := range wants {
			testkit.AllClose(t, fmt.Sprintf("%s, epoch %d", kind, epoch), []float64{m.TeacherTemperature(epoch)},
				[]float64{want}, 1e-12)
		}
	}
}

// Initial values are a function of (seed, name), equal in student and teacher, whatever else the
// model has.
func TestInitialValuesAreAFunctionOfSeedAndName(t *testing.T) {
	a, again, other := newTraining(t, tiny(), DefaultOptimizer(), 7), newTraining(t, tiny(), DefaultOptimizer(), 7),
		newTraining(t, tiny(), DefaultOptimizer(), 8)
	c := tiny()
	c.ViT.Depth, c.Head = 3, HeadOfficial
	deeper := newTraining(t, c, DefaultOptimizer(), 7)
	x, y, z, deep := a.state(t), again.state(t), other.state(t), deeper.state(t)
	for name, value := range x {
		if !slices.Equal(value, y[name]) {
			t.Errorf("%s differs between two models of one seed", name)
		}
		if strings.HasPrefix(name, "backbone.") && !slices.Equal(value, deep[name]) {
			t.Errorf("%s depends on the rest of the model", name)
		}
	}
	const prototypes = "projector.student.6.weight"
	if slices.Equal(x[prototypes], z[prototypes]) {
		t.Error("two seeds give the same prototypes")
	}
	want := make([]float32, len(x[prototypes]))
	layer.FanIn(6)(layer.NewRand(7, "/projector/student/6/weight"), want, nil)
	if !slices.Equal(x[prototypes], want) {
		t.Error("the prototypes are not those of (seed, path)")
	}
}

// What a store holds already stays: loaded weights are used in place of initial ones, and a loaded
// teacher is not overwritten.
func TestInitKeepsWhatTheStoreHolds(t *testing.T) {
	store := model.NewStore()
	for path, value := range map[string]float32{
		"/backbone/student/norm/weight": 3,
		"/backbone/teacher/norm/weight": 5,
	} {
		if _, err := store.CreateVariable(path, graphtest.Tensor(slices.Repeat([]float32{value}, 8), 8)); err != nil {
			t.Fatal(err)
		}
	}
	state := initialise(t, tiny(), DefaultOptimizer(), 1, store).state(t)
	if s, v := state["backbone.student.norm.weight"][0], state["backbone.teacher.norm.weight"][0]; s != 3 || v != 5 {
		t.Errorf("student and teacher hold %g and %g, want the loaded 3 and 5", s, v)
	}
}

// The pre-training plateau: an untrained model predicts nearly uniformly, so the loss starts at ln
// K.
func TestTheLossStartsNearLnK(t *testing.T) {
	for _, head := range []string{HeadSeed, HeadOfficial} {
		c := tiny()
		c.Head, c.ProjectorBottleneckDim, c.NPrototypes = head, 256, 1024
		r := newTraining(t, c, DefaultOptimizer(), 1)
		result := r.step(t, hyper(1), views(1, 8))
		// Not exactly: views of one image agree a little from the start.
		if lnK := math.Log(1024); math.Abs(result.loss-lnK) > 0.12*lnK {
			t.Errorf("%s head: the loss starts at %g, want about ln K = %g", head, result.loss, lnK)
		}
	}
}
