package distill

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/optim"
)

// ofKind is the default optimizer with another rule, and clipping that does something.
func ofKind(kind string) Optimizer {
	o := DefaultOptimizer()
	o.Kind, o.ClipNorm = kind, 0.05
	return o
}

// Muon updates the matrices of the hidden layers; kernels, tokens, biases and the last layer have
// AdamW. The other kinds have one rule for all.
func TestRuleOfEachParameter(t *testing.T) {
	for _, head := range []string{HeadSeed, HeadOfficial} {
		c := tiny()
		c.Head = head
		r := newTraining(t, c, DefaultOptimizer(), 1)
		byMuon := 0
		for _, p := range r.model.Parameters(r.store) {
			hidden := strings.HasSuffix(p.Path(), "/weight") && p.Shape().Rank() == 2 &&
				!strings.Contains(p.Path(), "/"+r.model.prototypes+"/")
			for kind, want := range map[string][]string{
				"": {"m", "v"}, OptimizerAdamW: {"m", "v"}, OptimizerLARS: {"mu"}, OptimizerMuon: {"m", "v"},
			} {
				if kind == OptimizerMuon && hidden {
					want, byMuon = []string{"momentum"}, byMuon+1
				}
				var paths []string
				for _, which := range want {
					paths = append(paths, "/optimizer/"+which+p.Path())
				}
				if got := r.model.Moments(ofKind(kind), p); !slices.Equal(got, paths) {
					t.Errorf("%q keeps %v of %s, want %v", kind, got, p.Path(), paths)
				}
			}
		}
		if byMuon != 2*4+3 {
			t.Errorf("%s: Muon updates %d matrices, want 4 of each block and 3 of the head", head, byMuon)
		}
	}
}

// A step of each kind is the rule of each parameter on its clipped gradient, with the weight decay
// of its group; the last layer waits while it is frozen, and the moments are those that are named.
func TestStepOfEachKind(t *testing.T) {
	for _, kind := range []string{OptimizerAdamW, OptimizerLARS, OptimizerMuon} {
		c, o := tiny(), ofKind(kind)
		c.ViT.Depth = 1
		r, alone := newTraining(t, c, o, 1), newTraining(t, c, o, 1)
		for n := 1; n <= 2; n++ {
			h := hyper(n)
			h.LR, h.FreezeLastLayer, h.LastLayer = 0.1, n == 1, n-1
			alone.byRules(t, h, views(uint64(n), 4))
			r.step(t, h, views(uint64(n), 4))
			got, want := r.state(t), alone.state(t)
			var kept []string
			for _, p := range r.model.Parameters(r.store) {
				paths := append(r.model.Moments(o, p), p.Path())
				for _, path := range paths {
					name := strings.ReplaceAll(path[1:], "/", ".")
					expected := want[name]
					if expected == nil { // frozen since the start: there, and zero
						expected = make([]float32, p.Shape().Size())
					}
					testkit.AllClose(t, kind+": "+name, got[name], expected, 1e-6)
					kept = append(kept, name)
				}
			}
			for name := range got {
				if strings.HasPrefix(name, "optimizer.") && !slices.Contains(kept, name) {
					t.Errorf("%s keeps %s, which it does not name", kind, name)
				}
			}
			alone.set(t, got) // teacher and center, too
		}
	}
}

// byRules updates the student's parameters alone, each in a graph of its own from a gradient that
// was computed before.
func (r *training) byRules(t *testing.T, h Hyper, views []*tensors.Tensor) {
	t.Helper()
	parameters := r.model.Parameters(r.store)
	gradients := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := r.model.compare(scope, inputOf(in), graph.Const(in[0].Graph(), float32(h.TeacherTemp)))
		return optim.ClipPerTensor(graph.Gradient(out.Loss, values(parameters, out.Loss.Graph())...), r.opt.ClipNorm)
	}, views...)
	for i, p := range parameters {
		updates := h.Updates
		if r.model.isLastLayer(p) {
			if updates = h.LastLayer; h.FreezeLastLayer {
				continue
			}
		}
		mean, root := r.opt.AdamW.Correction(updates)
		graphtest.Call(t, r.store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			number := func(x float64) *graph.Node { return graph.Const(in[0].Graph(), float32(x)) }
			group := optim.Group{LR: number(h.LR), MeanCorrection: number(mean), RootCorrection: number(root)}
			if p.Shape().Rank() != 1 {
				group.WeightDecay = number(h.WeightDecay)
			}
			r.model.rule(r.opt, p).Update(r.store, p, in[0], group)
			return []*graph.Node{group.LR}
		}, gradients[i])
	}
}

// Micro-batches equal the whole batch under every kind.
func TestAccumulationOfEachKind(t *testing.T) {
	for _, kind := range []string{OptimizerLARS, OptimizerMuon} {
		o := accumulationOptimizer()
		o.Kind, o.LARS, o.Muon = kind, optim.DefaultLARS(), optim.DefaultMuon()
		whole, parts := newTraining(t, tiny(), o, 1), newTraining(t, tiny(), o, 1)
		for n := 1; n <= 2; n++ {
			batch := views(uint64(n), 8)
			whole.step(t, hyper(n), batch)
			for i := range 2 {
				parts.accumulate(t, hyper(n), part(batch, 4*i, 4*i+4))
			}
			parts.apply(t, hyper(n), 2)
		}
		got := parts.state(t)
		for name, value := range whole.state(t) {
			testkit.AllClose(t, kind+": "+name, got[name], value, 2e-5)
		}
	}
}

// A step that is not sound changes nothing, whatever the rule.
func TestUnsoundStepOfEachKind(t *testing.T) {
	for _, kind := range []string{OptimizerLARS, OptimizerMuon} {
		r := newTraining(t, tiny(), ofKind(kind), 1)
		r.step(t, hyper(1), views(1, 4))
		before := r.state(t)
		h := hyper(2)
		h.TeacherTemp = 0 // 0/0
		r.step(t, h, views(2, 4))
		after := r.state(t)
		for name, want := range before {
			if !slices.Equal(after[name], want) {
				t.Errorf("%s: %s has changed", kind, name)
			}
		}
	}
}
