package distill

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets/vit"
)

// flat is somebody else's backbone: mean colours through one linear layer, [B, 4].
type flat struct{}

func (flat) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	return layer.Linear(scope.At("fc"), graph.ReduceMean(images, 2, 3), 4, layer.Torch(3))
}

// sequence returns tokens [B, 2, 4]; the first stands for the image.
type sequence struct{ flat }

func (s sequence) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	first := s.flat.Forward(scope, images)
	return graph.Stack([]*graph.Node{first, graph.MulScalar(first, 100)}, 1)
}

// convolution returns maps [B, C, H, W], which are no features.
type convolution struct{}

func (convolution) Forward(_ *model.Scope, images *graph.Node) *graph.Node { return images }

// loud doubles what its quiet teacher gives.
type loud struct{ flat }

func (l loud) Forward(scope *model.Scope, images *graph.Node) *graph.Node {
	return graph.MulScalar(l.flat.Forward(scope, images), 2)
}

func (l loud) Teacher() Backbone { return l.flat }

func withBackbone(b Backbone) Config {
	c := tiny()
	c.ViT, c.Encoder, c.Backbone = vit.Config{}, "", b
	return c
}

func TestAnyBackboneTrains(t *testing.T) {
	r := newTraining(t, withBackbone(flat{}), DefaultOptimizer(), 1)
	if r.store.GetVariable("/backbone/student/fc/weight") == nil ||
		r.store.GetVariable("/backbone/teacher/fc/weight") == nil {
		t.Fatal("the backbone's variables are not below its scope")
	}
	batch := views(1, 8)
	before := r.state(t)["backbone.student.fc.weight"]
	first := r.step(t, hyper(1), batch)
	for n := 2; n <= 30; n++ {
		r.step(t, hyper(n), batch)
	}
	last := r.step(t, hyper(31), batch)
	if math.IsNaN(last.loss) || last.kl >= first.kl {
		t.Errorf("the KL on one batch went from %g to %g", first.kl, last.kl)
	}
	if after := r.state(t)["backbone.student.fc.weight"]; l2(after) == l2(before) {
		t.Error("the backbone did not change")
	}
}

func TestASequenceStandsForItsFirstToken(t *testing.T) {
	var embeddings [][]float32
	for _, b := range []Backbone{flat{}, sequence{}} {
		r := newTraining(t, withBackbone(b), DefaultOptimizer(), 1)
		outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{r.model.Forward(scope, Input{Images: in[0]}, nil).Embedding}
		}, views(1, 2)[0])
		embeddings = append(embeddings, graphtest.Floats(outputs[0]))
	}
	for i, v := range embeddings[0] {
		if embeddings[1][i] != v {
			t.Fatalf("the embedding of a sequence is %v, want its first token %v", embeddings[1], embeddings[0])
		}
	}
}

func TestABackboneMustReturnFeatures(t *testing.T) {
	m, err := New(withBackbone(convolution{}))
	if err != nil {
		t.Fatal(err)
	}
	err = m.Init(graphtest.Open(t), model.NewStore(), 1, [4]int{1, 3, 8, 8})
	want := "distill: building the model: distill: the backbone returns shape (Float32)[2, 3, 8, 8]: must be [batch, " +
		"width] or [batch, tokens, width]"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// A regularised backbone gives its quiet form to the teacher, and its loud one to the student.
func TestRegularisedBackbone(t *testing.T) {
	r := newTraining(t, withBackbone(loud{}), DefaultOptimizer(), 1)
	outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{
			r.model.Backbones.ForwardStudent(scope, in[0]),
			r.model.Backbones.ForwardTeacher(scope, in[0]),
		}
	}, views(1, 1)[0])
	student, teacher := graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])
	for i := range teacher {
		if student[i] != 2*teacher[i] {
			t.Errorf("student %v and teacher %v, want a factor of two", student, teacher)
		}
	}
}

// Stochastic depth is noise of the student alone: teacher logits do not depend on the random state.
func TestDropPathLeavesTheTeacherAlone(t *testing.T) {
	c := tiny()
	c.ViT.DropPath = 0.5
	r := newTraining(t, c, DefaultOptimizer(), 1)
	logits := func(seed int64) (student, teacher []float32) {
		if err := r.store.SetRNGStateFromSeed(seed); err != nil {
			t.Fatal(err)
		}
		outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := r.model.compare(scope, inputOf(in[1:]), in[0])
			return []*graph.Node{out.StudentLogits, out.TeacherLogits, out.Loss}
		}, append([]*tensors.Tensor{scalar(0.04)}, views(1, 4)...)...)
		return graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])
	}
	student, teacher := logits(1)
	otherStudent, otherTeacher := logits(2)
	if l2(teacher) != l2(otherTeacher) {
		t.Error("the teacher's logits depend on the noise")
	}
	if l2(student) == l2(otherStudent) {
		t.Error("the student's logits do not depend on the noise")
	}
}
