package optim

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowAdamW is torch.optim.AdamW for one tensor, in float64.
type slowAdamW struct {
	AdamW
	w, m, v []float64
	t       int
}

func (s *slowAdamW) step(gradient []float32, lr, decay float64) {
	s.t++
	for i := range s.w {
		g := float64(gradient[i])
		s.w[i] *= 1 - lr*decay
		s.m[i] = s.Beta1*s.m[i] + (1-s.Beta1)*g
		s.v[i] = s.Beta2*s.v[i] + (1-s.Beta2)*g*g
		mean := s.m[i] / (1 - math.Pow(s.Beta1, float64(s.t)))
		square := s.v[i] / (1 - math.Pow(s.Beta2, float64(s.t)))
		s.w[i] -= lr * mean / (math.Sqrt(square) + s.Eps)
	}
}

const weightPath = "/net/fc/weight"

// rig runs updates of one parameter in a graph, with the scheduled numbers as inputs.
type rig struct {
	store *model.Store
	exec  *model.Exec
	adamw AdamW
}

func newRig(t graphtest.TB, a AdamW, w []float32, decays bool) *rig {
	r := &rig{store: model.NewStore(), adamw: a}
	parameter, err := r.store.CreateVariable(weightPath, graphtest.Tensor(w, len(w)))
	if err != nil {
		t.Fatal(err)
	}
	r.exec, err = model.NewExec(graphtest.Open(t), r.store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		at := func(i int) *graph.Node { return graph.Reshape(graph.Slice(in[1], graph.AxisElem(i))) }
		group := Group{
			LR: at(0), MeanCorrection: at(2), RootCorrection: at(3),
			Frozen: graph.GreaterThan(at(4), graph.ZerosLike(at(4))),
		}
		if decays {
			group.WeightDecay = at(1)
		}
		a.Update(r.store, parameter, in[0], group)
		return []*graph.Node{graph.AddScalar(at(0), 1)}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) step(t graphtest.TB, gradient []float32, lr, decay float64, updates int, frozen float32) {
	mean, root := r.adamw.Correction(updates)
	numbers := tensors.FromValue([]float32{float32(lr), float32(decay), float32(mean), float32(root), frozen})
	if _, err := r.exec.Call(graphtest.Tensor(slices.Clone(gradient), len(gradient)), numbers); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) state() (w, m, v []float32) {
	read := func(path string) []float32 { return graphtest.Floats(r.store.GetVariable(path).MustValue()) }
	return read(weightPath), read("/optimizer/m" + weightPath), read("/optimizer/v" + weightPath)
}

func TestAdamWEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, seed := rapid.IntRange(1, 5).Draw(t, "n"), rapid.Uint64().Draw(t, "seed")
		a := AdamW{
			Beta1: rapid.SampledFrom([]float64{0, 0.9}).Draw(t, "beta1"),
			Beta2: rapid.SampledFrom([]float64{0.95, 0.999}).Draw(t, "beta2"), Eps: 1e-8,
		}
		decays, steps := rapid.Bool().Draw(t, "decays"), rapid.IntRange(1, 30).Draw(t, "steps")
		w := graphtest.Normal(seed, n)
		slow := &slowAdamW{AdamW: a, w: graphtest.Float64s(w), m: make([]float64, n), v: make([]float64, n)}
		r := newRig(t, a, w, decays)
		for i := range steps {
			gradient := graphtest.Normal(seed+uint64(i), n)
			lr, decay := 0.01*float64(i%5), 0.04+0.01*float64(i)
			r.step(t, gradient, lr, decay, i+1, 0)
			if !decays {
				decay = 0
			}
			slow.step(gradient, lr, decay)
		}
		gotW, gotM, gotV := r.state()
		testkit.AllClose(t, "w", graphtest.Float64s(gotW), slow.w, 2e-5)
		testkit.AllClose(t, "m", graphtest.Float64s(gotM), slow.m, 2e-6)
		testkit.AllClose(t, "v", graphtest.Float64s(gotV), slow.v, 2e-6)
	})
}

// A thousand steps with a tiny second moment: the corrections are computed in float64, where 1 −
// β₂ᵗ is exact enough.
func TestAdamWOverManySteps(t *testing.T) {
	a := AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	w := []float32{1, -2, 0.5}
	slow := &slowAdamW{AdamW: a, w: graphtest.Float64s(w), m: make([]float64, 3), v: make([]float64, 3)}
	r := newRig(t, a, w, true)
	for i := range 1000 {
		gradient := graphtest.Normal(uint64(i), 3)
		for j := range gradient {
			gradient[j] *= 1e-4
		}
		r.step(t, gradient, 1e-3, 0.1, i+1, 0)
		slow.step(gradient, 1e-3, 0.1)
	}
	got, _, _ := r.state()
	testkit.AllClose(t, "w", graphtest.Float64s(got), slow.w, 5e-5)
}

// A frozen step changes neither parameter nor moments, and afterwards the parameter's own count
// goes on.
func TestAdamWFrozen(t *testing.T) {
	a := AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	w := []float32{1, -2}
	frozen, plain := newRig(t, a, w, true), newRig(t, a, w, true)
	gradient := []float32{0.3, -0.7}
	for _, updates := range []int{0, 0} {
		frozen.step(t, gradient, 0.1, 0.5, updates, 1)
		gotW, m, v := frozen.state()
		if zeros := []float32{0, 0}; !slices.Equal(gotW, w) || !slices.Equal(m, zeros) || !slices.Equal(v, zeros) {
			t.Fatalf("a frozen step leaves w %v, m %v, v %v", gotW, m, v)
		}
	}
	for i := range 3 {
		frozen.step(t, gradient, 0.1, 0.5, i+1, 0)
		plain.step(t, gradient, 0.1, 0.5, i+1, 0)
	}
	gotW, gotM, gotV := frozen.state()
	wantW, wantM, wantV := plain.state()
	if !slices.Equal(gotW, wantW) || !slices.Equal(gotM, wantM) || !slices.Equal(gotV, wantV) {
		t.Errorf("after the frozen steps training gives %v %v %v, want %v %v %v as from the start", gotW, gotM, gotV,
			wantW, wantM, wantV)
	}
}

func TestCorrection(t *testing.T) {
	a := AdamW{Beta1: 0.9, Beta2: 0.999}
	for updates, want := range map[int][2]float64{-1: {0, 0}, 0: {0, 0}, 1: {10, math.Sqrt(1000)}, 100000: {1, 1}} {
		mean, root := a.Correction(updates)
		testkit.AllClose(t, "correction", []float64{mean, root}, want[:], 1e-9)
	}
}

func TestAdamWValidate(t *testing.T) {
	good := AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*AdamW){
		"optim: beta1 is 1: must be in [0, 1)":    func(a *AdamW) { a.Beta1 = 1 },
		"optim: beta2 is -0.1: must be in [0, 1)": func(a *AdamW) { a.Beta2 = -0.1 },
		"optim: beta1 is NaN: must be in [0, 1)":  func(a *AdamW) { a.Beta1 = math.NaN() },
		"optim: eps is 0: must be positive":       func(a *AdamW) { a.Eps = 0 },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
