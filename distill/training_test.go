package distill

import (
	"maps"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"
)

// tiny is a configuration that trains in a moment: images of 8×8 pixels, 2 blocks, 10 prototypes.
func tiny() Config {
	c := DefaultConfig()
	c.Encoder, c.ViT = EncoderCustom, vit.Custom(8, 4, 8, 2, 2)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 12, 6, 10
	return c
}

// training runs steps of a small model.
type training struct {
	model *Model
	store *model.Store
	opt   Optimizer
	execs map[string]*model.Exec
}

func newTraining(t graphtest.TB, c Config, o Optimizer, seed uint64) *training {
	t.Helper()
	return initialise(t, c, o, seed, model.NewStore())
}

// initialise is newTraining over a store that may hold variables already.
func initialise(t graphtest.TB, c Config, o Optimizer, seed uint64, store *model.Store) *training {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Init(graphtest.Open(t), store, seed, [4]int{1, 3, 8, 8}); err != nil {
		t.Fatal(err)
	}
	return &training{model: m, store: store, opt: o, execs: map[string]*model.Exec{}}
}

// views draws a batch of n images: two global views of 8×8 pixels and one local view of 4×4.
func views(seed uint64, n int) []*tensors.Tensor {
	var batch []*tensors.Tensor
	for i, side := range []int{8, 8, 4} {
		batch = append(batch, graphtest.Tensor(graphtest.Normal(seed*10+uint64(i), n*3*side*side), n, 3, side, side))
	}
	return batch
}

// part returns images from ≤ i < to of every view.
func part(views []*tensors.Tensor, from, to int) []*tensors.Tensor {
	var parts []*tensors.Tensor
	for _, v := range views {
		dims := slices.Clone(v.Shape().Dimensions)
		size := v.Shape().Size() / dims[0]
		dims[0] = to - from
		parts = append(parts, graphtest.Tensor(graphtest.Floats(v)[from*size:to*size], dims...))
	}
	return parts
}

func inputOf(views []*graph.Node) Input { return Input{Global: views[:2], Local: views[2:]} }

// hyper is an ordinary step, the n-th from 1.
func hyper(n int) Hyper {
	return Hyper{
		Values:  schedule.Values{LR: 0.01, WeightDecay: 0.04, Momentum: 0.9, TeacherTemp: 0.04},
		Updates: n, LastLayer: n,
	}
}

// result is the metrics of a step on the host.
type result struct {
	loss, entropy, marginal, kl, maxProb, centerNorm, featureStd, gradNorm float64
	finite                                                                 []float32
}

func (m *Model) resultOf(outputs []*tensors.Tensor) result {
	values := m.Measured(graphtest.Floats(outputs[0]))
	return result{
		values["loss"], values["teacher_entropy"], values["marginal_entropy"], values["kl"], values["max_prob"],
		values["center_norm"], values["feature_std"], values["grad_norm"], graphtest.Floats(outputs[1]),
	}
}

// run builds a graph once, by name, and runs it on the numbers of a step and its views.
func (r *training) run(t graphtest.TB, name string, h Hyper, views []*tensors.Tensor,
	build graphtest.Build,
) []*tensors.Tensor {
	t.Helper()
	if r.execs[name] == nil {
		exec, err := model.NewExec(graphtest.Open(t), r.store,
			func(scope *model.Scope, in []*graph.Node) []*graph.Node { return build(scope, in) })
		if err != nil {
			t.Fatal(err)
		}
		r.execs[name] = exec
	}
	args := []any{tensors.FromValue(r.opt.Vector(h))}
	for _, v := range views {
		args = append(args, v)
	}
	outputs, err := r.execs[name].Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

func (r *training) step(t graphtest.TB, h Hyper, views []*tensors.Tensor) result {
	t.Helper()
	return r.model.resultOf(r.stepOutputs(t, h, views))
}

// measured is step with all that it measures.
func (r *training) measured(t graphtest.TB, h Hyper, views []*tensors.Tensor) measure.Values {
	t.Helper()
	return r.model.Measured(graphtest.Floats(r.stepOutputs(t, h, views)[0]))
}

func (r *training) stepOutputs(t graphtest.TB, h Hyper, views []*tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	return r.run(t, "step", h, views, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		_, metrics := r.model.Step(scope, inputOf(in[1:]), in[0], r.opt)
		return metrics.Nodes()
	})
}

func (r *training) accumulate(t graphtest.TB, h Hyper, views []*tensors.Tensor) result {
	t.Helper()
	return r.model.resultOf(r.run(t, "accumulate", h, views, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		_, metrics := r.model.Accumulate(scope, inputOf(in[1:]), in[0])
		return metrics.Nodes()
	}))
}

func (r *training) apply(t graphtest.TB, h Hyper, microBatches int) (gradNorm float64) {
	t.Helper()
	return r.applied(t, h, microBatches).Of(GradNorm)
}

// applied is apply with all that it measures.
func (r *training) applied(t graphtest.TB, h Hyper, microBatches int) measure.Values {
	t.Helper()
	outputs := r.run(t, "apply", h, nil, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{r.model.ApplyAccumulated(scope, in[0], r.opt, microBatches)}
	})
	return r.model.MeasuredWhole(graphtest.Floats(outputs[0]))
}

// state is a copy of all float32 variables, by dotted name.
func (r *training) state(t graphtest.TB) map[string][]float32 {
	t.Helper()
	names, byName := layer.Within(r.store, "/")
	state := map[string][]float32{}
	for _, name := range names {
		if byName[name].DType() == dtypes.Float32 {
			state[name] = graphtest.Floats(byName[name].MustValue())
		}
	}
	return state
}

// set gives variables the values of a state.
func (r *training) set(t graphtest.TB, state map[string][]float32) {
	t.Helper()
	_, byName := layer.Within(r.store, "/")
	for name, values := range state {
		v := byName[name]
		if v == nil {
			continue // a moment: they do not matter to gradients
		}
		if err := v.SetValue(graphtest.Tensor(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
