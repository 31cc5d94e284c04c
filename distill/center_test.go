package distill

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// waves are the logits of the table of reference numbers: sines of view, image and prototype,
// rounded to six digits, [views, 2, 5].
func waves(seed float64, views int) []float32 {
	var out []float32
	for s := range views {
		for b := range 2 {
			for k := range 5 {
				angle := seed + 1.7*float64(s) + 0.9*float64(b) + 0.37*float64(k)*(1+0.1*float64(s))
				out = append(out, float32(math.Round(math.Sin(angle)*1e6)/1e6))
			}
		}
	}
	return out
}

// centeredRun is three steps of loss and center, by the reference's numbers.
type centeredRun struct {
	losses  []float64
	centers [][]float64 // what each step subtracts, and at the end what the next one would
}

func runCentered(t *testing.T, rule string) centeredRun {
	store, center := model.NewStore(), Center{Momentum: 0.9, Rule: rule}
	exec, err := model.NewExec(graphtest.Open(t), store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		student, teacher, temperature := in[0], in[1], in[2]
		used := center.Current(scope, teacher.Graph(), 5)
		loss := CrossEntropy(student, CenteredSoftmax(teacher, used, temperature), 0.1)
		center.Advance(scope, BatchMean(teacher))
		return []*graph.Node{loss, used, center.Current(scope, teacher.Graph(), 5)}
	})
	if err != nil {
		t.Fatal(err)
	}
	var r centeredRun
	for step := range 3 {
		outputs, err := exec.Call(graphtest.Tensor(waves(1+float64(step), 4), 4, 2, 5),
			graphtest.Tensor(waves(0.3+float64(step), 2), 2, 2, 5), scalar(0.04+0.003*float64(step)))
		if err != nil {
			t.Fatal(err)
		}
		r.losses = append(r.losses, float64(tensors.ToScalar[float32](outputs[0])))
		r.centers = append(r.centers, graphtest.Float64s(graphtest.Floats(outputs[1])))
		if step == 2 {
			r.centers = append(r.centers, graphtest.Float64s(graphtest.Floats(outputs[2])))
		}
	}
	return r
}

func TestReferenceLossesAndCenters(t *testing.T) {
	for rule, want := range map[string]centeredRun{
		CenterSeed: {
			[]float64{6.234893868, 6.633040680, 7.242100077},
			[][]float64{
				{0, 0, 0, 0, 0},
				{0.59402625, 0.53165425, 0.39378175, 0.20415350, -0.00673225}, // the first batch sets it
				{0.565258825, 0.487358925, 0.3411358, 0.15126545, -0.052080775},
				{0.482434843, 0.395042708, 0.25330682, 0.08063338, -0.095930747},
			},
		},
		CenterOfficial: {
			[]float64{6.234893868, 6.632179301, 7.238707372},
			[][]float64{
				{0, 0, 0, 0, 0},
				{0.059402625, 0.053165425, 0.039378175, 0.02041535, -0.000673225}, // with weight 1 − momentum
				{0.084097563, 0.056718983, 0.022172583, -0.014098885, -0.046627652},
				{0.049389706, 0.007466759, -0.033760076, -0.068194521, -0.091022937},
			},
		},
	} {
		got := runCentered(t, rule)
		for i := range want.centers {
			testkit.AllClose(t, fmt.Sprintf("%s center of step %d", rule, i), got.centers[i], want.centers[i], 1e-6)
		}
		testkit.AllClose(t, rule+" losses", got.losses, want.losses, 1e-6)
	}
}

func TestCenterEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		momentum, k := rapid.SampledFrom([]float64{0, 0.5, 0.9, 1}).Draw(t, "momentum"),
			rapid.IntRange(1, 4).Draw(t, "prototypes")
		rule := rapid.SampledFrom([]string{CenterSeed, CenterOfficial}).Draw(t, "rule")
		store, center := model.NewStore(), Center{Momentum: momentum, Rule: rule}
		want, set := make([]float64, k), rule == CenterOfficial
		for step := range rapid.IntRange(1, 4).Draw(t, "steps") {
			logits := graphtest.Normal(uint64(step), 2*3*k)
			outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
				used := center.Current(scope, in[0].Graph(), k)
				center.Advance(scope, BatchMean(in[0]))
				return []*graph.Node{used}
			}, graphtest.Tensor(logits, 2, 3, k))
			testkit.AllClose(t, "center", graphtest.Float64s(graphtest.Floats(outputs[0])), want, 1e-6)
			mean := make([]float64, k)
			for i, v := range logits {
				mean[i%k] += float64(v) / 6
			}
			for i := range want {
				if set {
					mean[i] = momentum*want[i] + (1-momentum)*mean[i]
				}
				want[i] = mean[i]
			}
			set = true
		}
	})
}

// Reading the center changes nothing, however often; only Advance moves it on.
func TestReadingTheCenterDoesNotConsumeTheUpdate(t *testing.T) {
	store, center := model.NewStore(), Center{Momentum: 0.9, Rule: CenterSeed}
	graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		center.Advance(scope, in[0])
		return []*graph.Node{graph.AddScalar(in[0], 1)}
	}, graphtest.Tensor([]float32{1, 2}, 1, 2))
	for range 3 {
		outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{graph.Add(in[0], center.Current(scope, in[0].Graph(), 2))}
		}, graphtest.Tensor([]float32{0, 0}, 1, 2))
		if got := graphtest.Floats(outputs[0]); !slices.Equal(got, []float32{1, 2}) {
			t.Errorf("the center reads %v, want [1 2]", got)
		}
	}
}

// All of the center is in the store, as float32 buffers, so a checkpoint of the store resumes it.
func TestCenterIsStateOfTheStore(t *testing.T) {
	r := newTraining(t, tiny(), DefaultOptimizer(), 1)
	want := []string{"center", "center_set", "queued", "queued_set"}
	before := r.state(t)
	r.step(t, hyper(1), views(1, 4))
	after := r.state(t)
	for _, name := range want {
		path := "dino_loss." + name
		if before[path] == nil {
			t.Fatalf("there is no variable %s: %v", path, sorted(before))
		}
		v := r.store.GetVariable("/dino_loss/" + name)
		if v.Trainable {
			t.Errorf("%s is trainable", path)
		}
	}
	if flag := after["dino_loss.queued_set"][0]; flag != 1 || after["dino_loss.center_set"][0] != 0 {
		t.Errorf("after one step the flags are %g and %g, want a queued update and no center yet", flag,
			after["dino_loss.center_set"][0])
	}
	if l2(after["dino_loss.queued"]) == 0 || l2(after["dino_loss.center"]) != 0 {
		t.Error("the first batch must be queued, and not be the center yet")
	}
	r.step(t, hyper(2), views(2, 4))
	if again := r.state(t); !slices.Equal(again["dino_loss.center"], after["dino_loss.queued"]) {
		t.Errorf("the second step has center %v, want the mean of the first batch, %v", again["dino_loss.center"],
			after["dino_loss.queued"])
	}
}

// What a step subtracts is what the host makes of the same state, of which files of weights are
// read.
func TestCurrentIsThatOfTheHost(t *testing.T) {
	for flags := range 4 {
		state := center.State{
			Center: waves(1, 1)[:5], Queued: waves(2, 1)[:5], CenterSet: flags&1 != 0,
			QueuedSet: flags&2 != 0,
		}
		store := model.NewStore()
		for name, values := range state.Values() {
			store.RootScope().At(center.Scope).VariableWithValue(name,
				tensors.FromFlatDataAndDimensions(values, center.Shapes(5)[name]...))
		}
		outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{Center{Momentum: 0.9}.Current(scope, in[0].Graph(), 5)}
		}, scalar(0))
		what := fmt.Sprintf("center set: %v, queued set: %v", state.CenterSet, state.QueuedSet)
		testkit.AllClose(t, what, graphtest.Float64s(graphtest.Floats(outputs[0])),
			graphtest.Float64s(state.Current(0.9)), 1e-7)
	}
}
