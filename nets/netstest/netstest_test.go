package netstest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets"
)

// bad is a network with one fault: the functions that are not nil replace what the sound one has.
type bad struct {
	convnet.Config
	kind       string
	parts      *nets.Outputs
	geometry   func(nets.Geometry) nets.Geometry
	shapes     func(map[string][]int)
	forwardAll func(nets.Network, *model.Scope, *graph.Node, nets.Want) nets.Output
	forward    func(nets.Network, *model.Scope, *graph.Node) *graph.Node
	loud       bool // WithoutNoise keeps the noise
	another    bool // WithoutNoise is without the fault
	unstored   bool // the JSON is empty
}

func (b bad) Kind() string {
	if b.kind != "" {
		return b.kind
	}
	return b.Config.Kind()
}

func (b bad) Geometry() nets.Geometry {
	if b.geometry != nil {
		return b.geometry(b.Config.Geometry())
	}
	return b.Config.Geometry()
}

func (b bad) Outputs() nets.Outputs {
	if b.parts != nil {
		return *b.parts
	}
	return b.Config.Outputs()
}

func (b bad) Shapes() map[string][]int {
	shapes := b.Config.Shapes()
	if b.shapes != nil {
		b.shapes(shapes)
	}
	return shapes
}

func (b bad) New() (nets.Network, error) {
	n, err := b.Config.New()
	return network{n, b}, err
}

func (b bad) MarshalJSON() ([]byte, error) {
	if b.unstored {
		return []byte("{}"), nil
	}
	return json.Marshal(b.Config)
}

type network struct {
	nets.Network
	bad
}

func (n network) Forward(s *model.Scope, images *graph.Node) *graph.Node {
	if n.bad.forward != nil {
		return n.bad.forward(n.Network, s, images)
	}
	return n.ForwardAll(s, images, nets.Want{}).Features
}

func (n network) ForwardAll(s *model.Scope, images *graph.Node, want nets.Want) nets.Output {
	if n.bad.forwardAll != nil {
		return n.bad.forwardAll(n.Network, s, images, want)
	}
	return n.Network.ForwardAll(s, images, want)
}

func (n network) WithoutNoise() nets.Network {
	if n.loud {
		return n
	}
	if n.another {
		return n.Network.WithoutNoise()
	}
	return network{n.Network.WithoutNoise(), n.bad}
}

// on replaces an output of the sound network.
func on(change func(*nets.Output, *model.Scope)) func(nets.Network, *model.Scope, *graph.Node, nets.Want) nets.Output {
	return func(n nets.Network, s *model.Scope, images *graph.Node, want nets.Want) nets.Output {
		out := n.ForwardAll(s, images, want)
		change(&out, s)
		return out
	}
}

// dotted has a variable whose name in a file stands for another path.
var dotted = bad{forward: func(n nets.Network, s *model.Scope, x *graph.Node) *graph.Node {
	scale := s.At("layer.0").VariableWithValue("scale", float32(2)).NodeValue(x.Graph())
	return graph.Mul(n.Forward(s, x), graph.ConvertDType(scale, x.DType()))
}}

// faults are networks with one fault, by the test that finds it.
var faults = []struct {
	check, message string
	bad            bad
}{
	{"description", `kind is "Conv Net"`, bad{kind: "Conv Net"}},
	{"description", `kind is "head"`, bad{kind: "head"}},
	{"description", "at least 1 block", bad{parts: &nets.Outputs{}}},
	{"description", "a class token is one of the prefix", bad{parts: &nets.Outputs{Class: true, Blocks: 1}}},
	{"description", "the native size is refused", bad{geometry: func(g nets.Geometry) nets.Geometry {
		g.Native, g.Edge = [2]int{5, 8}, nets.EdgeRefused
		return g
	}}},
	{"description", "read back from its JSON", bad{unstored: true}},
	{"variables", "no graph has additional [3], which Shapes lists", bad{shapes: func(m map[string][]int) {
		m["additional"] = []int{3}
	}}},
	{"variables", "the graph has the variable stem.0.bias [6], Shapes lists []", bad{shapes: func(m map[string][]int) {
		delete(m, "stem.0.bias")
	}}},
	{"variables", "Shapes lists [7]", bad{shapes: func(m map[string][]int) { m["stem.0.bias"] = []int{7} }}},
	{"variables", "outside the scope", bad{forward: func(n nets.Network, s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().RootScope().VariableWithValue("lost", float32(1))
		return n.Forward(s, x)
	}}},
	{"sizes", "must be [3 2] with 0", bad{geometry: func(g nets.Geometry) nets.Geometry {
		g.Patch, g.Edge = 8, nets.EdgeIgnored // makes a grid half as fine
		return g
	}}},
	{
		"sizes", "there are 0 blocks: must be 2",
		bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) { out.Blocks = nil })},
	},
	{"sizes", "Features is [2 3]: must be [2 6]", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.Slice(out.Features, graph.AxisRange(), graph.AxisRange(0, 3))
	})}},
	{"sizes", "Attention is nil", bad{parts: &nets.Outputs{Blocks: 2, Heads: 1}}},
	{"sizes", "output 0: element 0 is NaN", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.Log(graph.SubScalar(graph.Neg(graph.Abs(out.Features)), 1))
	})}},
	{"refusals", "are taken: must be refused", bad{geometry: func(g nets.Geometry) nets.Geometry {
		g.Edge = nets.EdgeRefused
		return g
	}}},
	{"refusals", "must name the kind (other)", bad{kind: "other"}},
	{
		"outputs", "the last of all blocks",
		bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) { slices.Reverse(out.Blocks) })},
	},
	{
		"outputs", "against those of Forward",
		bad{forward: func(n nets.Network, s *model.Scope, x *graph.Node) *graph.Node {
			return graph.MulScalar(n.Forward(s, x), 1.01)
		}},
	},
	{
		"outputs", "not asked for",
		bad{forwardAll: func(n nets.Network, s *model.Scope, x *graph.Node, _ nets.Want) nets.Output {
			return n.ForwardAll(s, x, nets.Want{LastBlocks: 1})
		}},
	},
	{"outputs", "the sums of rows", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		if len(out.Blocks) > 0 {
			out.Attention = graph.InsertAxes(out.Tokens, 1)
		}
	})}},
	{"batch", "image 0 in a batch", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.Sub(out.Features, graph.ReduceAndKeep(out.Features, graph.ReduceMean, 0))
	})}},
	{"batch", "two images have the same features", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.OnesLike(out.Features)
	})}},
	{"gradient", "the gradient of blocks.0.bias is zero", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.StopGradient(out.Features)
	})}},
	{"determinism", "the same images in evaluation", bad{forwardAll: on(func(out *nets.Output, s *model.Scope) {
		out.Features = graph.Add(out.Features, s.RandomUniform(out.Features.Graph(), out.Features.Shape()))
	})}},
	{"noise", "without noise in training, with another", bad{Config: convnet.Config{Dropout: 0.5}, loud: true}},
	{
		"noise", "in evaluation, with another random state",
		bad{loud: true, forwardAll: on(func(out *nets.Output, s *model.Scope) {
			out.Features = graph.Add(out.Features, s.RandomUniform(out.Features.Graph(), out.Features.Shape()))
		})},
	},
	{"noise", "against the network, which has none", bad{another: true, forward: func(n nets.Network, s *model.Scope,
		x *graph.Node,
	) *graph.Node {
		return graph.MulScalar(n.Forward(s, x), 2)
	}}},
	{"variables", "/net/layer.0/scale has a dot in its path", dotted},
	{"weights", "the network that was read", dotted},
	{"bfloat16", "are Float32: must be bfloat16", bad{forwardAll: on(func(out *nets.Output, _ *model.Scope) {
		out.Features = graph.ConvertDType(out.Features, dtypes.Float32)
	})}},
}

// Every fault is found by the test that is for it, for the reason that it is.
func TestFaultsAreFound(t *testing.T) {
	seed, engine := testkit.Seed(t), graphtest.Open(t)
	found := map[string]bool{}
	for _, f := range faults {
		f.bad.Channels, f.bad.Dim, f.bad.Depth = 3, 6, 2
		s := Suite{Engine: engine, Config: f.bad, seed: seed}
		for _, c := range checks {
			if c.name != f.check {
				continue
			}
			found[c.name] = true
			if err := c.run(s); err == nil || !strings.Contains(err.Error(), f.message) {
				t.Errorf("%s: got %v, want %q", f.check, err, f.message)
			}
		}
	}
	for _, c := range checks {
		if !found[c.name] {
			t.Errorf("no fault is for the test %q", c.name)
		}
	}
}

// NoGradient excuses what has none, and nothing else.
func TestNoGradient(t *testing.T) {
	stopped := bad{
		Config: convnet.Config{Channels: 3, Dim: 6, Depth: 1},
		forwardAll: on(func(out *nets.Output, _ *model.Scope) {
			out.Features = graph.StopGradient(out.Features)
		}),
	}
	all := map[string]string{}
	for name := range stopped.Shapes() {
		all[name] = "the gradient is stopped"
	}
	s := Suite{Engine: graphtest.Open(t), Config: stopped, NoGradient: all, seed: testkit.Seed(t)}
	if err := s.gradient(); err != nil {
		t.Errorf("with all variables excused: %v", err)
	}
	s.Config = stopped.Config
	if err := s.gradient(); err == nil || !strings.Contains(err.Error(), "the gradient of stem.0.bias is not zero") {
		t.Errorf("excuses that are none: %v", err)
	}
	s.NoGradient = map[string]string{"stem.7.bias": "it does not exist"}
	if err := s.gradient(); err == nil || !strings.Contains(err.Error(), "NoGradient names stem.7.bias") {
		t.Errorf("an excuse of nothing: %v", err)
	}
}
