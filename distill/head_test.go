package distill

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets/projection"
)

// headOf builds a head over features of a width and returns its store; nothing is run.
func headOf(t *testing.T, c Config, width int) *model.Store {
	t.Helper()
	head, err := NewHead(c.Projection())
	if err != nil {
		t.Fatal(err)
	}
	store, g := model.NewStore(), graph.NewGraph(graphtest.Open(t), "head")
	defer g.Finalize()
	model.SetStore(g, store)
	head.Forward(store.RootScope().At("head"), graph.Zeros(g, shapes.Make(dtypes.Float32, 2, width)))
	return store
}

// All prototypes are alike, so heads with two and three of them tell the size of any.
func TestHeadParameterCounts(t *testing.T) {
	for _, test := range []struct{ width, want int }{{192, 21_893_376}, {384, 22_286_592}, {768, 23_073_024}} {
		for name, extra := range map[string]int{HeadSeed: 0, HeadOfficial: 65_536} {
			c := DefaultConfig()
			c.Head, c.NPrototypes = name, 2
			two := headOf(t, c, test.width).NumParameters()
			c.NPrototypes, c.ProjectorHiddenDim = 3, 1 // prototypes do not depend on the hidden width
			three := headOf(t, c, test.width).NumParameters()
			c.NPrototypes = 2
			each := three - headOf(t, c, test.width).NumParameters()
			if got := two + each*(65_536-2); got != test.want+extra {
				t.Errorf("%s head on width %d has %d parameters, want %d", name, test.width, got, test.want+extra)
			}
		}
	}
}

func TestHeadVariableNames(t *testing.T) {
	last := []string{"last_layer.weight_g", "last_layer.weight_v"}
	for name, test := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"seed": {
			func(c *Config) { c.Head = HeadSeed },
			[]string{"0.bias", "0.weight", "2.bias", "2.weight", "4.bias", "4.weight", "6.weight"},
		},
		"official": {
			func(*Config) {},
			append(slices.Clone(last), "mlp.0.bias", "mlp.0.weight", "mlp.2.bias", "mlp.2.weight", "mlp.4.bias",
				"mlp.4.weight"),
		},
		"one": {func(c *Config) { c.HeadLayers = 1 }, append(slices.Clone(last), "mlp.bias", "mlp.weight")},
		"batch norm": {
			func(c *Config) { c.HeadLayers, c.HeadBatchNorm = 2, true },
			append(slices.Clone(last), "mlp.0.bias", "mlp.0.weight",
				"mlp.1.bias", "mlp.1.num_batches_tracked", "mlp.1.running_mean", "mlp.1.running_var", "mlp.1.weight",
				"mlp.3.bias", "mlp.3.weight"),
		},
	} {
		c := tiny()
		c.Head = HeadOfficial
		test.change(&c)
		names, byName := layer.Within(headOf(t, c, 8), "/head")
		if !slices.Equal(names, test.want) {
			t.Errorf("%s: variables are %v, want %v", name, names, test.want)
		}
		head, err := NewHead(c.Projection())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(names, func(n string) bool {
			return len(n) > len(head.Prototypes()) && n[:len(head.Prototypes())+1] == head.Prototypes()+"."
		}) {
			t.Errorf("%s: the last layer %q has no variable", name, head.Prototypes())
		}
		if g := byName["last_layer.weight_g"]; g != nil && g.Trainable == c.NormLastLayer {
			t.Errorf("%s: norm_last_layer is %t and weight_g is trainable: %t", name, c.NormLastLayer, g.Trainable)
		}
	}
}

// While the prototypes have norm 1, logits are cosines; the norms of weight_v do not matter.
func TestOfficialLogitsAreCosines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const width, out = 5, 4
		head := OfficialHead{
			Hidden: 6, Bottleneck: 3, Out: out, Layers: rapid.IntRange(1, 4).Draw(t, "layers"),
			NormLastLayer: rapid.Bool().Draw(t, "norm_last_layer"),
		}
		store := model.NewStore()
		x := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), 3*width)
		run := func() []float32 {
			return graphtest.Floats(graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
				return []*graph.Node{head.Forward(scope, graph.MulScalar(in[0], 100))}
			}, graphtest.Tensor(x, 3, width))[0])
		}
		before := run()
		for _, logit := range before {
			if math.Abs(float64(logit)) > 1+1e-6 {
				t.Errorf("a logit is %g, outside [−1, 1]", logit)
			}
		}
		v := store.GetVariable("/last_layer/weight_v")
		scaled := graphtest.Floats(v.MustValue())
		for i := range scaled {
			scaled[i] *= 8
		}
		if err := v.SetValue(graphtest.Tensor(scaled, out, 3)); err != nil {
			t.Fatal(err)
		}
		for i, logit := range run() {
			if math.Abs(float64(logit-before[i])) > 1e-6 {
				t.Errorf("logit %d is %g with weight_v scaled by 8, and was %g", i, logit, before[i])
			}
		}
	})
}

func TestHeadsStartWithinTorchBounds(t *testing.T) {
	c := DefaultConfig()
	c.ProjectorHiddenDim, c.NPrototypes = 64, 512
	for name, bound := range map[string]struct {
		head     string
		variable string
		bound    float64
	}{
		"prototypes of the seed": {HeadSeed, "/head/6/weight", 1.0 / 16},
		"first bias of the seed": {HeadSeed, "/head/0/bias", 1 / math.Sqrt(384)},
		"official prototypes":    {HeadOfficial, "/head/last_layer/weight_v", 1.0 / 16},
	} {
		c.Head = bound.head
		largest := 0.0
		for _, w := range graphtest.Floats(headOf(t, c, 384).GetVariable(bound.variable).MustValue()) {
			largest = max(largest, math.Abs(float64(w)))
		}
		if largest > bound.bound || largest < 0.9*bound.bound {
			t.Errorf("%s: the largest of %s is %g, want just below %g", name, bound.variable, largest, bound.bound)
		}
	}
}

func TestOfficialHeadInit(t *testing.T) {
	c := DefaultConfig()
	c.Head, c.ProjectorHiddenDim, c.NPrototypes = HeadOfficial, 64, 4
	store := headOf(t, c, 384)
	weight := graphtest.Floats(store.GetVariable("/head/mlp/0/weight").MustValue())
	if std := l2(weight) / math.Sqrt(64*384); math.Abs(std-0.02) > 1e-3 {
		t.Errorf("linear layers have standard deviation %g, want 0.02", std)
	}
	if bias := l2(graphtest.Floats(store.GetVariable("/head/mlp/0/bias").MustValue())); bias != 0 {
		t.Errorf("a bias has norm %g, want 0", bias)
	}
	if gain := graphtest.Floats(store.GetVariable("/head/last_layer/weight_g").MustValue()); !slices.Equal(gain,
		[]float32{1, 1, 1, 1}) {
		t.Errorf("weight_g is %v, want ones", gain)
	}
}

// A head made by hand, without a word on its batch norm, has PyTorch's.
func TestOfficialHeadBatchNormDefaults(t *testing.T) {
	if got, want := (OfficialHead{}).batchNorm(), (layer.BatchNorm{Eps: 1e-5, Momentum: 0.1}); got != want {
		t.Errorf("the default batch norm is %+v, want %+v", got, want)
	}
	if got, want := (OfficialHead{BatchNormEps: 1e-3, BatchNormMomentum: 0.5}).batchNorm(), (layer.BatchNorm{
		Eps:      1e-3,
		Momentum: 0.5,
	}); got != want {
		t.Errorf("the batch norm is %+v, want %+v", got, want)
	}
}

// Heads create the variables that their description lists.
func TestShapesAreThoseOfTheHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := projection.Config{
			Kind: rapid.SampledFrom([]string{HeadSeed, HeadOfficial}).Draw(t, "kind"), Hidden: 6, Bottleneck: 3,
			Prototypes: 4,
			Layers:     rapid.IntRange(1, 4).Draw(t, "layers"), BatchNorm: rapid.Bool().Draw(t, "batch norm"),
			NormLastLayer: rapid.Bool().Draw(t, "norm last layer"),
		}
		head, err := NewHead(c)
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{head.Forward(scope.At("head"), in[0])}
		}, graphtest.Tensor(make([]float32, 2*5), 2, 5))
		names, byName := layer.Within(store, "/head")
		want := c.Shapes(5)
		if !slices.Equal(names, slices.Sorted(maps.Keys(want))) {
			t.Fatalf("%+v: the head has %v\nwant %v", c, names, slices.Sorted(maps.Keys(want)))
		}
		for name, shape := range want {
			if !slices.Equal(byName[name].Shape().Dimensions, shape) {
				t.Errorf("%+v: %s is %v, want %v", c, name, byName[name].Shape().Dimensions, shape)
			}
		}
	})
}
