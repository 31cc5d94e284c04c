package distill

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// trace finds the first value of a non-finite step.
func (r *training) trace(t graphtest.TB, h Hyper, views []*tensors.Tensor) (string, bool) {
	t.Helper()
	var tr Trace
	outputs := r.run(t, "trace", h, views, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		tr = r.model.Trace(scope, inputOf(in[1:]), in[0])
		return []*graph.Node{tr.Finite}
	})
	return tr.First(graphtest.Floats(outputs[0]))
}

// A non-finite step changes nothing, and the trace names the layer that it comes from.
func TestTraceNamesTheFirstLayer(t *testing.T) {
	for path, want := range map[string]string{
		"backbone.student.blocks.1.mlp.fc1.weight":  "backbone.student.blocks.1.mlp.fc1.weight",
		"backbone.teacher.blocks.0.attn.qkv.weight": "backbone.teacher.blocks.0.attn.qkv.weight",
		"projector.student.2.bias":                  "projector.student.2.bias",
	} {
		r := newTraining(t, tiny(), DefaultOptimizer(), 1)
		state := r.state(t)
		state[path][0] = float32(math.NaN())
		r.set(t, map[string][]float32{path: state[path]})
		before := r.state(t)
		if got := r.step(t, hyper(1), views(1, 2)); !math.IsNaN(got.loss) {
			t.Fatalf("%s: the loss is %g", path, got.loss)
		}
		for name, after := range r.state(t) {
			if old := before[name]; old != nil && !slices.EqualFunc(old, after, sameBits) {
				t.Errorf("a non-finite step changes %s", name)
			}
		}
		if got, found := r.trace(t, hyper(1), views(1, 2)); !found || got != want {
			t.Errorf("%s: the trace names %q", path, got)
		}
	}
}

// Weights that are finite and too large are named by what they make.
func TestTraceNamesAnOverflow(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	const path = "backbone.student.blocks.0.mlp.fc2.weight"
	large := r.state(t)[path]
	for i := range large {
		large[i] = math.MaxFloat32
	}
	r.set(t, map[string][]float32{path: large})
	if got, found := r.trace(t, hyper(1), views(1, 2)); !found ||
		!strings.Contains(got, " behind backbone.student.blocks.0.mlp.fc2.") {
		t.Errorf("the trace names %q, want something behind that layer", got)
	}
	sound := newTraining(t, tiny(), DefaultOptimizer(), 1)
	if got, found := sound.trace(t, hyper(1), views(1, 2)); found {
		t.Errorf("the trace of an ordinary step names %q", got)
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
