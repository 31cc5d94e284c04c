package distill

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// Steps in bfloat16 stay near those in float32, and everything that lasts stays float32.
func TestBFloat16StepsStayNearFloat32(t *testing.T) {
	half := tiny()
	half.Precision = BFloat16
	a, b := newTraining(t, tiny(), DefaultOptimizer(), 1), newTraining(t, half, DefaultOptimizer(), 1)
	rounded := false
	for n := 1; n <= 5; n++ {
		h := hyper(n)
		h.LR = 1e-3
		full, low := a.step(t, h, views(uint64(n), 8)), b.step(t, h, views(uint64(n), 8))
		rounded = rounded || full.loss != low.loss
		if d := math.Abs(full.loss - low.loss); d > 0.05*full.loss {
			t.Errorf("step %d: the loss is %g in bfloat16 and %g in float32", n, low.loss, full.loss)
		}
		if r := low.gradNorm / full.gradNorm; r < 0.8 || r > 1.25 {
			t.Errorf("step %d: the gradient norm is %g in bfloat16 and %g in float32", n, low.gradNorm, full.gradNorm)
		}
	}
	if !rounded {
		t.Error("both precisions give the same bits: nothing was computed in bfloat16")
	}
	names, byName := layer.Within(b.store, "/")
	for _, name := range names {
		if byName[name].DType() != dtypes.Float32 {
			t.Errorf("%s is %s, want float32", name, byName[name].DType())
		}
	}
}

func TestBFloat16LossAndOutputsAreFloat32(t *testing.T) {
	c := tiny()
	c.Precision = BFloat16
	r := newTraining(t, c, DefaultOptimizer(), 1)
	graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := r.model.Forward(scope, inputOf(in), graph.Const(in[0].Graph(), float32(0.04)))
		for name, node := range map[string]*graph.Node{
			"loss": out.Loss, "embedding": out.Embedding, "teacher logits": out.TeacherLogits,
			"student logits": out.StudentLogits,
			"targets":        out.TeacherProbs, "center": out.CenterUsed,
		} {
			if node.DType() != dtypes.Float32 {
				t.Errorf("%s: %s, want float32", name, node.DType())
			}
		}
		if features := r.model.Backbones.ForwardStudent(scope,
			r.model.compute(in[0])); features.DType() != dtypes.BFloat16 {
			t.Errorf("the backbone computes in %s", features.DType())
		}
		return []*graph.Node{out.Loss}
	}, views(1, 2)...)
}
