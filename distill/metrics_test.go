package distill

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// logitsOf describes the logits of a step: student [s, batch, k], teacher [t, batch, k], and the
// teacher's features.
type logitsOf struct {
	student, teacher, embedding []float32
	s, t, batch, k              int
}

// metrics runs the metrics of hand-made logits, at the default temperatures and with a center.
func (l logitsOf) metrics(t graphtest.TB, center []float32) result {
	m := measuring()
	return m.resultOf(l.outputs(t, m, center))
}

func (l logitsOf) outputs(t graphtest.TB, m *Model, center []float32) []*tensors.Tensor {
	return graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		probs := CenteredSoftmax(in[1], in[3], graph.Const(in[0].Graph(), float32(0.04)))
		out := Output{
			CrossEntropy: CrossEntropy(in[0], probs, m.TemperatureStudent), Embedding: in[2],
			StudentLogits: in[0], TeacherLogits: in[1], TeacherProbs: probs, CenterUsed: in[3],
		}
		return m.metrics(out, []*graph.Node{graph.Const(in[0].Graph(), []float32{0, 42, 0})}, nil).Nodes()
	}, graphtest.Tensor(l.student, l.s, l.batch, l.k), graphtest.Tensor(l.teacher, l.t, l.batch, l.k),
		graphtest.Tensor(l.embedding, l.t*l.batch, len(l.embedding)/(l.t*l.batch)), graphtest.Tensor(center, 1, l.k))
}

func measuring() *Model { return &Model{Config: tiny(), Measurements: MeasurementsOf(tiny())} }

// The gain is what a loss with the mean target in place of each image's own would add; where all
// images share one target it is 0.
func TestTargetGainEqualsLoops(t *testing.T) {
	seed := testkit.Seed(t)
	l := logitsOf{s: 3, t: 2, batch: 4, k: 5, embedding: graphtest.Normal(seed+2, 2*4*3)}
	l.student, l.teacher = graphtest.Normal(seed, 3*4*5), graphtest.Normal(seed+1, 2*4*5)
	for i := range l.teacher {
		l.teacher[i] *= 0.1
	}
	m := measuring()
	got := m.Measured(graphtest.Floats(l.outputs(t, m, make([]float32, 5))[0]))
	testkit.AllClose(t, "gain", []float64{got.Of(TargetGain)}, []float64{slowSharedLoss(l) - got.Of(Loss)}, 2e-5)
	for i := range l.teacher { // of the first image and view, for all
		l.teacher[i] = l.teacher[i%5]
	}
	got = m.Measured(graphtest.Floats(l.outputs(t, m, make([]float32, 5))[0]))
	if gain := got.Of(TargetGain); math.Abs(gain) > 1e-5 {
		t.Errorf("targets that all images share have the gain %g", gain)
	}
}

// slowSharedLoss is the loss with the mean target in place of each image's own.
func slowSharedLoss(l logitsOf) float64 {
	p, shared := slowSoftmax(graphtest.Float64s(l.teacher), l.k, 0.04), make([]float64, l.k)
	for i, x := range p {
		shared[i%l.k] += x / float64(l.t*l.batch)
	}
	q, total := slowSoftmax(graphtest.Float64s(l.student), l.k, tiny().TemperatureStudent), 0.0
	for i, x := range q {
		for view := range l.t {
			if i/(l.batch*l.k) != view { // a view is not compared with itself
				total -= shared[i%l.k] * math.Log(x) / float64((l.s*l.t-l.t)*l.batch)
			}
		}
	}
	return total
}

// Collapse to the uniform distribution: H = ln K, nothing to learn, features that do not differ.
func TestMetricsOfUniformCollapse(t *testing.T) {
	const k = 64
	l := logitsOf{
		s: 3, t: 2, batch: 4, k: k, student: make([]float32, 3*4*k),
		teacher: slices.Repeat([]float32{7}, 2*4*k), embedding: slices.Repeat([]float32{1, 2}, 8),
	}
	got := l.metrics(t, make([]float32, k))
	lnK := math.Log(k)
	testkit.AllClose(t, "loss, entropy, marginal, KL, max, std",
		[]float64{got.loss, got.entropy, got.marginal, got.kl, got.maxProb, got.featureStd},
		[]float64{lnK, lnK, lnK, 0, 1.0 / k, 0}, 1e-5)
}

// Collapse to one prototype: H = 0, KL → 0, and the largest probability is 1.
func TestMetricsOfOneHotCollapse(t *testing.T) {
	const k = 64
	oneHot := func(rows int) []float32 {
		logits := make([]float32, rows*k)
		for i := range rows {
			logits[i*k+5] = 20
		}
		return logits
	}
	l := logitsOf{
		s: 3, t: 2, batch: 4, k: k, student: oneHot(12), teacher: oneHot(8),
		embedding: slices.Repeat([]float32{1, 2}, 8),
	}
	got := l.metrics(t, make([]float32, k))
	testkit.AllClose(t, "loss, entropy, marginal, KL, max",
		[]float64{got.loss, got.entropy, got.marginal, got.kl, got.maxProb}, []float64{0, 0, 0, 0, 1}, 1e-6)
	if math.IsNaN(got.entropy) {
		t.Error("the entropy of targets that are exactly 0 is NaN")
	}
}

func TestMetricsEqualLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logitsOf{
			t: rapid.IntRange(1, 2).Draw(t, "teacher views"), batch: rapid.IntRange(1, 3).Draw(t, "batch"),
			k: rapid.IntRange(2, 5).Draw(t, "prototypes"),
		}
		l.s = rapid.IntRange(2, 4).Draw(t, "student views")
		seed, d := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 3).Draw(t, "width")
		l.student, l.teacher = graphtest.Normal(seed, l.s*l.batch*l.k), graphtest.Normal(seed+1, l.t*l.batch*l.k)
		for i := range l.teacher {
			l.teacher[i] *= 0.1
		}
		l.embedding = graphtest.Normal(seed+2, l.t*l.batch*d)
		center := graphtest.Normal(seed+3, l.k)
		for i := range center {
			center[i] *= 0.1
		}
		got := l.metrics(t, center)
		entropy, marginal, largest := slowEntropy(l, center)
		want := []float64{
			entropy, marginal, got.loss - entropy, largest, l2(center), slowFeatureStd(l.embedding, d),
			42,
		}
		testkit.AllClose(t, "entropy, marginal, KL, max, center, std, gradient",
			[]float64{got.entropy, got.marginal, got.kl, got.maxProb, got.centerNorm, got.featureStd, got.gradNorm},
			want, 2e-5*max(1, got.loss))
		if got.kl < -1e-4 {
			t.Errorf("KL is %g, which no two distributions have", got.kl)
		}
	})
}

// slowEntropy returns the mean entropy of the targets, the entropy of their mean, and the mean
// largest probability.
func slowEntropy(l logitsOf, center []float32) (entropy, marginal, largest float64) {
	rows, mean := l.t*l.batch, make([]float64, l.k)
	shifted := graphtest.Float64s(l.teacher)
	for i := range shifted {
		shifted[i] -= float64(center[i%l.k])
	}
	p := slowSoftmax(shifted, l.k, 0.04)
	for from := 0; from < len(p); from += l.k {
		for k, v := range p[from : from+l.k] {
			mean[k] += v / float64(rows)
			if v > 0 {
				entropy -= v * math.Log(v) / float64(rows)
			}
		}
		largest += slices.Max(p[from:from+l.k]) / float64(rows)
	}
	for _, v := range mean {
		if v > 0 {
			marginal -= v * math.Log(v)
		}
	}
	return entropy, marginal, largest
}

// slowFeatureStd is the deviation of every dimension of the unit vectors, averaged.
func slowFeatureStd(embedding []float32, d int) float64 {
	rows, total := len(embedding)/d, 0.0
	unit := graphtest.Float64s(embedding)
	for i := range rows {
		norm := l2(embedding[i*d : (i+1)*d])
		for j := range d {
			unit[i*d+j] /= norm
		}
	}
	for j := range d {
		mean, square := 0.0, 0.0
		for i := range rows {
			mean += unit[i*d+j] / float64(rows)
		}
		for i := range rows {
			square += (unit[i*d+j] - mean) * (unit[i*d+j] - mean) / float64(rows)
		}
		total += math.Sqrt(square)
	}
	return total / float64(d)
}

// The flags name the view that is non-finite: the teacher's views first, then the student's.
func TestFiniteFlagsNameTheView(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for view, want := range [][]float32{{0, 1, 0, 1, 1}, {1, 0, 1, 0, 1}, {1, 1, 1, 1, 0}} {
			r := newTraining(t, tiny(), DefaultOptimizer(), 1)
			batch := views(1, 2)
			tensors.MustMutableFlatData(batch[view], func(pixels []float32) { pixels[len(pixels)-1] = bad })
			got := r.step(t, hyper(1), batch)
			if !slices.Equal(got.finite, want) {
				t.Errorf("a pixel %g in view %d gives the flags %v, want %v", bad, view, got.finite, want)
			}
			if !math.IsNaN(got.loss) && !math.IsInf(got.loss, 0) {
				t.Errorf("a pixel %g in view %d gives the loss %g", bad, view, got.loss)
			}
		}
	}
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	if got := r.step(t, hyper(1), views(1, 2)).finite; !slices.Equal(got, []float32{1, 1, 1, 1, 1}) {
		t.Errorf("ordinary images give the flags %v", got)
	}
}
