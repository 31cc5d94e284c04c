package distill

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowLogSoftmax is log softmax(x/τ) of one sample, in float64.
func slowLogSoftmax(x []float64, temperature float64) []float64 {
	top, sum := math.Inf(-1), 0.0
	for _, v := range x {
		top = max(top, v/temperature)
	}
	for _, v := range x {
		sum += math.Exp(v/temperature - top)
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v/temperature - top - math.Log(sum)
	}
	return out
}

// slowSoftmax is softmax over every row of width k.
func slowSoftmax(x []float64, k int, temperature float64) []float64 {
	var out []float64
	for from := 0; from < len(x); from += k {
		for _, l := range slowLogSoftmax(x[from:from+k], temperature) {
			out = append(out, math.Exp(l))
		}
	}
	return out
}

// slowLoss is the loop of the official code: over teacher views and student views, skipping the
// same one.
func slowLoss(student, probs []float64, s, t, batch, k int, temperature float64) float64 {
	total, terms := 0.0, 0
	for iq := range t {
		for v := range s {
			if v == iq {
				continue
			}
			sum := 0.0
			for b := range batch {
				logq := slowLogSoftmax(student[(v*batch+b)*k:(v*batch+b+1)*k], temperature)
				for i := range k {
					sum -= probs[(iq*batch+b)*k+i] * logq[i]
				}
			}
			total += sum / float64(batch)
			terms++
		}
	}
	return total / float64(terms)
}

// lossAndGradient runs the loss of student logits [s, batch, k] and targets [t, batch, k].
func lossAndGradient(t graphtest.TB, student, probs []float32, s, tv, batch, k int,
	temperature float64,
) (float64, []float32, []float32) {
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		loss := CrossEntropy(in[0], in[1], temperature)
		return append(graph.Gradient(loss, in...), loss)
	}, graphtest.Tensor(student, s, batch, k), graphtest.Tensor(probs, tv, batch, k))
	return float64(tensors.ToScalar[float32](outputs[2])), graphtest.Floats(outputs[0]), graphtest.Floats(outputs[1])
}

func TestLossEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tv := rapid.IntRange(1, 3).Draw(t, "teacher views")
		s := rapid.IntRange(max(tv, 2), 5).Draw(t, "student views")
		batch, k := rapid.IntRange(1, 3).Draw(t, "batch"), rapid.IntRange(2, 6).Draw(t, "prototypes")
		temperature, seed := rapid.SampledFrom([]float64{0.05, 0.1, 1}).Draw(t, "temperature"),
			rapid.Uint64().Draw(t, "seed")
		student := graphtest.Normal(seed, s*batch*k)
		probs := slowSoftmax(graphtest.Float64s(graphtest.Normal(seed+1, tv*batch*k)), k, 0.5)
		narrow := make([]float32, len(probs))
		for i, p := range probs {
			narrow[i] = float32(p)
		}
		got, gradient, toTargets := lossAndGradient(t, student, narrow, s, tv, batch, k, temperature)
		wide := graphtest.Float64s(student)
		want := slowLoss(wide, probs, s, tv, batch, k, temperature)
		testkit.AllClose(t, "loss", []float64{got}, []float64{want}, 1e-5*max(1, want))
		if norm := l2(toTargets); norm != 0 {
			t.Errorf("a gradient of norm %g flows into the targets", norm)
		}
		differences := make([]float64, len(wide))
		for i, v := range wide { // central differences
			const h = 1e-4
			wide[i] = v + h
			up := slowLoss(wide, probs, s, tv, batch, k, temperature)
			wide[i] = v - h
			differences[i] = (up - slowLoss(wide, probs, s, tv, batch, k, temperature)) / (2 * h)
			wide[i] = v
		}
		testkit.AllClose(t, "gradient", graphtest.Float64s(gradient), differences, 1e-4)
	})
}

// Views are told apart by index alone: a student view has no gradient from its own target.
func TestLossExcludesTheSameView(t *testing.T) {
	const s, tv, batch, k = 3, 2, 1, 4
	student := graphtest.Normal(1, s*batch*k)
	for view := range tv {
		probs := make([]float32, tv*batch*k)
		probs[view*batch*k] = 1 // only this teacher view has a target
		_, gradient, _ := lossAndGradient(t, student, probs, s, tv, batch, k, 0.1)
		for v := range s {
			norm := l2(gradient[v*batch*k : (v+1)*batch*k])
			if (norm == 0) != (v == view) {
				t.Errorf("the target of view %d gives student view %d a gradient of norm %g", view, v, norm)
			}
		}
	}
}

func TestLossOfOneTeacherView(t *testing.T) {
	student, probs := []float32{9, 9, 0, 0}, []float32{1, 0} // the first student view is the teacher's
	got, _, _ := lossAndGradient(t, student, probs, 2, 1, 1, 2, 0.1)
	testkit.AllClose(t, "loss", []float64{got}, []float64{math.Ln2}, 1e-6)
}

// A uniform student costs ln K whatever the targets are: the plateau of uniform collapse.
func TestLossOfAUniformStudentIsLnK(t *testing.T) {
	for k, want := range map[int]float64{256: 5.5452, 1024: 6.9315, 4096: 8.3178, 65536: 11.0904} {
		probs := make([]float32, 2*k)
		probs[3], probs[k+7] = 1, 1
		got, _, _ := lossAndGradient(t, make([]float32, 2*k), probs, 2, 2, 1, k, 0.1)
		testkit.AllClose(t, fmt.Sprintf("ln %d", k), []float64{got}, []float64{want}, 6e-5)
	}
}

func TestLossIsFloat32Inside(t *testing.T) {
	graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		half := graph.ConvertDType(in[0], dtypes.BFloat16)
		loss := CrossEntropy(half, half, 0.1)
		if loss.DType() != dtypes.Float32 {
			t.Errorf("the loss of bfloat16 logits is %s", loss.DType())
		}
		return []*graph.Node{loss}
	}, graphtest.Tensor(make([]float32, 4), 2, 1, 2))
}

func TestLossRejects(t *testing.T) {
	for name, test := range map[string]struct {
		student, probs []int
		want           string
	}{
		"one pair": {
			[]int{1, 2, 3},
			[]int{1, 2, 3},
			"distill: one student view and one teacher view leave no pair to compare: use at least two global " +
				"views, or one and a local view",
		},
		"other batch": {
			[]int{2, 3, 3},
			[]int{2, 2, 3},
			"must be [views, batch, prototypes] with equal batch and prototypes",
		},
		"other prototypes": {
			[]int{2, 2, 4},
			[]int{2, 2, 3},
			"must be [views, batch, prototypes] with equal batch and prototypes",
		},
		"rank of student": {[]int{4, 3}, []int{2, 2, 3}, "distill: student logits are (Float32)[4, 3]"},
		"rank of targets": {[]int{2, 2, 3}, []int{4}, "teacher targets (Float32)[4]"},
	} {
		zeros := func(dims []int) *tensors.Tensor {
			size := 1
			for _, d := range dims {
				size *= d
			}
			return graphtest.Tensor(make([]float32, size), dims...)
		}
		err := graphtest.Error(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{CrossEntropy(in[0], in[1], 0.1)}
		}, zeros(test.student), zeros(test.probs))
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, want %q in it", name, err, test.want)
		}
	}
}
