package distill

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"
)

// The gradient reaches every parameter of the student and nothing of the teacher, with every kind
// of variable in the model.
func TestTheGradientReachesTheStudentOnly(t *testing.T) {
	for _, head := range []string{HeadSeed, HeadOfficial} {
		c := tiny()
		c.Head, c.HeadBatchNorm, c.NormLastLayer = head, true, false
		c.ViT.RegTokens, c.ViT.LayerScale = 1, 0.1
		r := newTraining(t, c, DefaultOptimizer(), 1)
		names, byName := layer.Within(r.store, "/")
		var trained []string
		for _, p := range r.model.Parameters(r.store) {
			trained = append(trained, nameOf(p))
		}
		outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := r.model.compare(scope, inputOf(in[1:]), in[0])
			var wrt []*graph.Node
			for _, name := range names {
				if byName[name].DType().IsFloat() {
					wrt = append(wrt, r.store.GetVariable("/"+
						strings.ReplaceAll(name, ".", "/")).NodeValue(in[0].Graph()))
				}
			}
			return graph.Gradient(out.Loss, wrt...)
		}, append([]*tensors.Tensor{scalar(0.04)}, views(1, 4)...)...)
		i := 0
		for _, name := range names {
			if !byName[name].DType().IsFloat() {
				continue
			}
			gradient := l2(graphtest.Floats(outputs[i]))
			i++
			switch student := strings.Contains(name, ".student.") && byName[name].Trainable; {
			case student != slices.Contains(trained, name):
				t.Errorf("%s head: %s is trained: %t", head, name, !student)
			case student && gradient == 0:
				t.Errorf("%s head: no gradient reaches %s", head, name)
			case !student && strings.Contains(name, ".teacher.") && gradient != 0:
				t.Errorf("%s head: a gradient of %g reaches %s", head, gradient, name)
			}
		}
	}
}

// gradientsOf returns the clipped gradients of a first step: with β₁ = 0 they are the first
// moments.
func gradientsOf(t *testing.T, clip string, norm float64) (map[string][]float32, result) {
	o := Optimizer{
		AdamW: optim.AdamW{Beta1: 0, Beta2: 0.999, Eps: 1e-8}, Decay: optim.DecayAll, Clip: clip,
		ClipNorm: norm,
	}
	r := newTraining(t, tiny(), o, 1)
	result := r.step(t, hyper(1), views(1, 4))
	gradients := map[string][]float32{}
	for name, value := range r.state(t) {
		if rest, ok := strings.CutPrefix(name, "optimizer.m."); ok {
			gradients[rest] = value
		}
	}
	return gradients, result
}

func TestClippingInAStep(t *testing.T) {
	const limit = 0.05
	raw, plain := gradientsOf(t, ClipNone, 0)
	total := 0.0
	for _, g := range raw {
		total += l2(g) * l2(g)
	}
	total = math.Sqrt(total)
	testkit.AllClose(t, "gradient norm", []float64{plain.gradNorm}, []float64{total}, 1e-5*total)
	for clip, normOf := range map[string]func([]float32) float64{
		ClipPerTensor: l2,
		ClipGlobal:    func([]float32) float64 { return total },
	} {
		got, clipped := gradientsOf(t, clip, limit)
		if clipped.gradNorm != plain.gradNorm {
			t.Errorf("%s: the gradient norm is %g, want %g as before clipping", clip, clipped.gradNorm, plain.gradNorm)
		}
		bound := 0
		for name, g := range raw {
			factor := min(1, limit/(normOf(g)+1e-6))
			if factor < 1 {
				bound++
			}
			want := make([]float64, len(g))
			for i, v := range g {
				want[i] = factor * float64(v)
			}
			testkit.AllClose(t, clip+": "+name, graphtest.Float64s(got[name]), want, 1e-6)
		}
		if bound == 0 || clip == ClipPerTensor && bound == len(raw) {
			t.Errorf("%s: %d of %d gradients are clipped: the test does not tell the rules apart", clip, bound,
				len(raw))
		}
	}
}

// Weight decay moves a decayed parameter by −lr·wd·w more, and the others not at all.
func TestWeightDecayGroups(t *testing.T) {
	for rule, decays := range map[string]func(name string, dims []int) bool{
		optim.DecayAll: func(string, []int) bool { return true },
		optim.DecayMatrices: func(name string, dims []int) bool {
			return len(dims) > 1 &&
				!strings.HasSuffix(name, ".bias")
		},
	} {
		after := func(decay float64) (*training, map[string][]float32) {
			o := DefaultOptimizer()
			o.Decay = rule
			r := newTraining(t, tiny(), o, 1)
			h := hyper(1)
			h.LR, h.WeightDecay = 0.1, decay
			r.step(t, h, views(1, 4))
			return r, r.state(t)
		}
		before := newTraining(t, tiny(), DefaultOptimizer(), 1).state(t)
		_, free := after(0)
		r, decayed := after(0.5)
		for _, p := range r.model.Parameters(r.store) {
			name := nameOf(p)
			want := make([]float64, len(free[name]))
			for i := range want {
				want[i] = float64(free[name][i])
				if decays(name, p.Shape().Dimensions) {
					want[i] -= 0.1 * 0.5 * float64(before[name][i])
				}
			}
			testkit.AllClose(t, rule+": "+name, graphtest.Float64s(decayed[name]), want, 1e-6)
		}
	}
}

// While it is frozen the last layer keeps weights and moments, with weight decay on. Its first
// update afterwards is corrected as a first one, whatever the other parameters have had.
func TestFrozenLastLayer(t *testing.T) {
	for head, layer := range map[string]string{
		HeadSeed:     "projector.student.6.weight",
		HeadOfficial: "projector.student.last_layer.weight_v",
	} {
		c, o := tiny(), DefaultOptimizer()
		c.Head, o.Decay, o.Clip = head, optim.DecayAll, ClipNone
		r := newTraining(t, c, o, 1)
		before := r.state(t)
		for n := 1; n <= 2; n++ {
			h := hyper(n)
			h.FreezeLastLayer, h.LastLayer = true, 0
			r.step(t, h, views(uint64(n), 4))
		}
		frozen := r.state(t)
		teacher := strings.Replace(layer, "student", "teacher", 1)
		if !slices.Equal(frozen[layer], before[layer]) || l2(frozen["optimizer.m."+layer]) != 0 ||
			l2(frozen["optimizer.v."+layer]) != 0 {
			t.Errorf("%s head: the frozen layer or its moments changed", head)
		}
		testkit.AllClose(t, head+" head: the teacher's last layer", frozen[teacher], before[teacher], 1e-7)
		if slices.Equal(frozen["backbone.student.norm.weight"], before["backbone.student.norm.weight"]) {
			t.Errorf("%s head: nothing else trains either", head)
		}

		h := hyper(3)
		h.LastLayer = 1
		r.step(t, h, views(3, 4))
		after := r.state(t)
		want := make([]float64, len(before[layer]))
		for i := range want {
			g, v := float64(after["optimizer.m."+layer][i])/(1-0.9), float64(after["optimizer.v."+layer][i])/(1-0.999)
			want[i] = float64(before[layer][i])*(1-h.LR*h.WeightDecay) - h.LR*g/(math.Sqrt(v)+1e-8)
		}
		testkit.AllClose(t, head+" head: the first update", graphtest.Float64s(after[layer]), want, 1e-5)
	}
}

// One graph serves all steps: the scheduled numbers are inputs.
func TestVectorCarriesTheSchedule(t *testing.T) {
	o := DefaultOptimizer()
	vector := o.Vector(Hyper{
		Values:  schedule.Values{LR: 1, WeightDecay: 2, Momentum: 3, TeacherTemp: 4, FreezeLastLayer: true},
		Updates: 1, LastLayer: 0,
	})
	want := map[string]float32{
		rate: 1, weightDecay: 2, momentum: 3, teacherTemp: 4, frozen: 1,
		meanCorrection: 10, rootCorrection: float32(math.Sqrt(1000)), lastMeanCorrection: 0, lastRootCorrection: 0,
	}
	found := 0
	for i, n := range vectorNumbers {
		if x, ok := want[n.name]; ok {
			found++
			testkit.AllClose(t, n.name, vector[i:i+1], []float32{x}, 1e-5)
		}
	}
	if found != len(want) {
		t.Errorf("the vector has %d of the %d numbers that a step takes by name", found, len(want))
	}
	if size := VectorShape().Size(); len(vector) != size {
		t.Errorf("the vector has %d numbers, its shape %d", len(vector), size)
	}
	r := newTraining(t, tiny(), o, 1)
	losses := map[float64]float64{}
	for _, temperature := range []float64{0.04, 0.07} { // a learning rate of 0 and a momentum of 1 hold the model still
		h := Hyper{Values: schedule.Values{Momentum: 1, TeacherTemp: temperature}, Updates: 1, LastLayer: 1}
		before := r.state(t)["backbone.student.pos_embed"]
		losses[temperature] = r.step(t, h, views(1, 4)).loss
		if !slices.Equal(r.state(t)["backbone.student.pos_embed"], before) {
			t.Error("a learning rate of 0 moves a parameter")
		}
	}
	if losses[0.04] == losses[0.07] {
		t.Error("the teacher's temperature does not reach the graph")
	}
}
