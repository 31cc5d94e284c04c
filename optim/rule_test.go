package optim

import (
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/optimizers.py
var torchProgram string

// descent is some updates of one tensor, with a rate and a decay for each.
type descent struct {
	Rule      string         `json:"rule"`
	Options   map[string]any `json:"options"`
	Shape     []int          `json:"shape"`
	Weight    []float32      `json:"weight"`
	Gradients [][]float32    `json:"gradients"`
	LR        []float64      `json:"lr"`
	Decay     []float64      `json:"decay"`
}

// drawn is a descent over a tensor of a shape. The third gradient is zero.
func drawn(rng *rand.Rand, steps int, shape ...int) descent {
	normal := func() []float32 {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return graphtest.Normal(rng.Uint64(), n)
	}
	d := descent{Shape: shape, Weight: normal()}
	for i := range steps {
		gradient := normal()
		if i == 2 {
			clear(gradient)
		}
		d.Gradients = append(d.Gradients, gradient)
		d.LR, d.Decay = append(d.LR, 0.05+0.01*float64(i%4)), append(d.Decay, 0.04+0.05*float64(i))
	}
	return d
}

// tracked is a parameter in a store that a rule updates, with the numbers of a step as inputs.
type tracked struct {
	rule  Rule
	store *model.Store
	exec  *model.Exec
}

func track(t graphtest.TB, r Rule, w []float32, shape ...int) *tracked {
	t.Helper()
	tr := &tracked{rule: r, store: model.NewStore()}
	parameter, err := tr.store.CreateVariable(weightPath, graphtest.Tensor(slices.Clone(w), shape...))
	if err != nil {
		t.Fatal(err)
	}
	build := func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		at := func(i int) *graph.Node { return graph.Reshape(graph.Slice(in[1], graph.AxisElem(i))) }
		r.Update(tr.store, parameter, in[0], Group{
			LR: at(0), WeightDecay: at(1), MeanCorrection: at(2), RootCorrection: at(3),
			Frozen: graph.GreaterThan(at(4), graph.ZerosLike(at(4))),
		})
		return []*graph.Node{graph.AddScalar(at(0), 1)}
	}
	if tr.exec, err = model.NewExec(graphtest.Open(t), tr.store, build); err != nil {
		t.Fatal(err)
	}
	return tr
}

// step is the n-th update, from 1.
func (tr *tracked) step(t graphtest.TB, d descent, n int, frozen float32) {
	t.Helper()
	numbers := []float32{float32(d.LR[n-1]), float32(d.Decay[n-1]), 0, 0, frozen}
	if a, ok := tr.rule.(AdamW); ok {
		mean, root := a.Correction(n)
		numbers[2], numbers[3] = float32(mean), float32(root)
	}
	gradient := graphtest.Tensor(slices.Clone(d.Gradients[n-1]), d.Shape...)
	if _, err := tr.exec.Call(gradient, tensors.FromValue(numbers)); err != nil {
		t.Fatal(err)
	}
}

// values are those of the parameter and its moments.
func (tr *tracked) values() map[string][]float64 {
	read := func(path string) []float64 {
		return graphtest.Float64s(graphtest.Floats(tr.store.GetVariable(path).MustValue()))
	}
	all := map[string][]float64{"w": read(weightPath)}
	for _, which := range tr.rule.Moments() {
		all[which] = read(MomentPath(which, weightPath))
	}
	return all
}

// slowRule is one update of a tensor in float64, of a gradient with a rate and a weight decay.
type slowRule interface {
	step(gradient []float64, lr, decay float64)
	values() map[string][]float64
}

// requireDescent compares the updates of a rule with loops.
func requireDescent(t *testing.T, r Rule, slow slowRule, d descent, tol float64) {
	t.Helper()
	tr := track(t, r, d.Weight, d.Shape...)
	for n := 1; n <= len(d.Gradients); n++ {
		tr.step(t, d, n, 0)
		slow.step(graphtest.Float64s(d.Gradients[n-1]), d.LR[n-1], d.Decay[n-1])
	}
	got := tr.values()
	for name, want := range slow.values() {
		testkit.AllClose(t, name, got[name], want, tol)
	}
}

// Over some steps the rules end where PyTorch does: AdamW, Muon with both ways to fit the rate to
// tall and wide matrices, and the formula of LARS for a matrix, a kernel and a bias.
func TestRulesEqualTorch(t *testing.T) {
	python := pythontest.Find(t, "torch")
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	tests := []struct {
		name  string
		rule  Rule
		shape []int
		tol   float64
	}{
		{"adamw", AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8}, []int{5, 4}, 2e-5},
		{"lars", DefaultLARS(), []int{6, 3}, 2e-6},
		{"lars", LARS{Momentum: 0.5, Trust: 0.2}, []int{3, 2, 2, 2}, 2e-5},
		{"lars", DefaultLARS(), []int{7}, 1e-5},
		{"muon", DefaultMuon(), []int{9, 4}, 3e-4},
		{"muon", Muon{Momentum: 0.8, Iterations: 4, AdjustRate: AdjustOriginal, RateFactor: 1}, []int{4, 9}, 3e-4},
		{
			"muon",
			Muon{Momentum: 0.9, Nesterov: true, Iterations: 5, AdjustRate: AdjustOriginal, RateFactor: 1},
			[]int{9, 4},
			3e-4,
		},
	}
	descents := make([]descent, len(tests))
	for i, test := range tests {
		descents[i] = drawn(rng, 6, test.shape...)
		descents[i].Rule, descents[i].Options = test.name, optionsOf(t, test.rule)
	}
	text, err := json.Marshal(descents)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]float64
	pythontest.Run(t, python, torchProgram, &want, string(text))
	for i, test := range tests {
		tr := track(t, test.rule, descents[i].Weight, test.shape...)
		for n := 1; n <= 6; n++ {
			tr.step(t, descents[i], n, 0)
		}
		testkit.AllClose(t, test.name, tr.values()["w"], want[i], test.tol)
	}
}

// optionsOf are the options of a rule as they are written in a configuration.
func optionsOf(t *testing.T, r Rule) map[string]any {
	t.Helper()
	switch r := r.(type) {
	case AdamW:
		return map[string]any{"beta1": r.Beta1, "beta2": r.Beta2, "eps": r.Eps}
	case LARS:
		return map[string]any{"momentum": r.Momentum, "trust": r.Trust}
	case Muon:
		return map[string]any{
			"momentum": r.Momentum, "nesterov": r.Nesterov, "iterations": r.Iterations, "adjust_rate": r.AdjustRate,
		}
	}
	t.Fatalf("no options of %T", r)
	return nil
}

// A frozen step changes neither parameter nor moments, and a step after it is the first.
func TestFrozenSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for _, r := range []Rule{DefaultLARS(), DefaultMuon()} {
		d := drawn(rng, 3, 3, 4)
		frozen, plain := track(t, r, d.Weight, d.Shape...), track(t, r, d.Weight, d.Shape...)
		frozen.step(t, d, 1, 1)
		for name, values := range frozen.values() {
			want := make([]float64, len(values))
			if name == "w" {
				want = graphtest.Float64s(d.Weight)
			}
			if !slices.Equal(values, want) {
				t.Errorf("%T: a frozen step leaves %s %v, want %v", r, name, values, want)
			}
		}
		for n := 1; n <= 3; n++ {
			frozen.step(t, d, n, 0)
			plain.step(t, d, n, 0)
		}
		got := frozen.values()
		for name, want := range plain.values() {
			if !slices.Equal(got[name], want) {
				t.Errorf("%T: after a frozen step %s is %v, want %v", r, name, got[name], want)
			}
		}
	}
}
