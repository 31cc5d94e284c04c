package distill

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
)

type goldenHead struct {
	Params struct {
		Hidden        int  `json:"hidden_dim"`
		Bottleneck    int  `json:"bottleneck_dim"`
		Out           int  `json:"out_dim"`
		Layers        int  `json:"nlayers"`
		BatchNorm     bool `json:"use_bn"`
		NormLastLayer bool `json:"norm_last_layer"`
	} `json:"params"`
	Eps         float64       `json:"batch_norm_eps"`
	Momentum    float64       `json:"batch_norm_momentum"`
	GradLossF64 testkit.Float `json:"grad_loss_f64"`
	NoGrad      []string      `json:"no_grad"`
}

func TestGoldenHead(t *testing.T) {
	testkit.GoldenCases(t, "head", func(t *testing.T, c *testkit.Case) {
		var g goldenHead
		c.Decode(&g)
		p := g.Params
		switch c.Kind {
		case "projector":
			runGoldenHead(t, c, g, Projector{Hidden: p.Hidden, Bottleneck: p.Bottleneck, Out: p.Out})
		case "dinohead":
			runGoldenHead(t, c, g, OfficialHead{
				Hidden: p.Hidden, Bottleneck: p.Bottleneck, Out: p.Out, Layers: p.Layers, BatchNorm: p.BatchNorm,
				NormLastLayer: p.NormLastLayer, BatchNormEps: g.Eps, BatchNormMomentum: g.Momentum,
			})
		default:
			c.UnknownKind()
		}
	})
}

func runGoldenHead(t *testing.T, c *testkit.Case, g goldenHead, head Head) {
	store, io := model.NewStore(), c.Tensors(t, "io.safetensors")
	stored, err := c.Tensors(t, "model.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if err := variables.Create(store, "/head", stored); err != nil {
		t.Fatal(err)
	}
	var names, frozen []string
	x, direction := load(t, io, "x"), load(t, io, "G")
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		gr := in[0].Graph()
		store.SetTraining(gr, true)
		logits := head.Forward(scope.At("head"), in[0])
		loss := graph.ReduceAllSum(graph.Mul(logits, in[1]))
		all, byName := layer.Within(store, "/head")
		wrt := []*graph.Node{in[0]}
		for _, name := range all {
			switch {
			case byName[name].Trainable:
				names, wrt = append(names, name), append(wrt, byName[name].NodeValue(gr))
			case name == "last_layer.weight_g":
				frozen = append(frozen, name)
			}
		}
		return append([]*graph.Node{logits, loss}, graph.Gradient(loss, wrt...)...)
	}, x, direction)

	want := graphtest.Floats(load(t, io, "logits"))
	testkit.AllClose(t, "logits", graphtest.Floats(outputs[0]), want, testkit.Accept(c.Tolerance("io:logits")))
	// The loss is a sum of products: its rounding scales with their magnitudes, and with that of
	// the logits in them.
	tol := 0.0
	for i, d := range graphtest.Floats(direction) {
		tol += math.Abs(float64(d)) * (2e-6*math.Abs(float64(want[i])) + 10*c.Tolerance("io:logits").MaxAbs)
	}
	testkit.AllClose(t, "grad_loss", []float64{float64(tensors.ToScalar[float32](outputs[1]))},
		[]float64{float64(g.GradLossF64)}, tol)
	checkHeadGradients(t, c, append([]string{"input"}, names...), outputs[2:])
	if !slices.Equal(frozen, g.NoGrad) && len(frozen)+len(g.NoGrad) > 0 {
		t.Errorf("parameters without gradient: %v, want %v", frozen, g.NoGrad)
	}
	if g.Params.BatchNorm {
		checkBatchNormState(t, c, store, head, x)
	} else if err := variables.Import(store, "/head", stored); err != nil {
		t.Fatal(err) // the head must have exactly the variables of the file
	}
}

func checkHeadGradients(t *testing.T, c *testkit.Case, names []string, gradients []*tensors.Tensor) {
	file := c.Tensors(t, "grads.safetensors")
	if len(names) != len(file.Names()) {
		t.Errorf("gradients of %v, want %v", names, file.Names())
	}
	scale := 0.0 // the largest of the case: some gradients are zero in exact arithmetic
	for _, name := range file.Names() {
		scale = max(scale, c.Tolerance("grads:"+name).Scale)
	}
	for i, name := range names {
		tol := c.Tolerance("grads:" + name)
		tol.Scale = scale
		testkit.AllClose(t, name, graphtest.Floats(gradients[i]), graphtest.Floats(load(t, file, name)),
			testkit.Accept(tol))
	}
}

// checkBatchNormState compares the running statistics after the one training pass, and the output
// that they give in evaluation.
func checkBatchNormState(t *testing.T, c *testkit.Case, store *model.Store, head Head, x *tensors.Tensor) {
	after, err := c.Tensors(t, "state_after.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	got, err := variables.Export(store, "/head")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range after {
		if want.DType == weights.I64 {
			if !slices.Equal(got[name].Data, want.Data) {
				t.Errorf("%s is %v, want %v", name, got[name].Data, want.Data)
			}
			continue
		}
		testkit.AllClose(t, name, graphtest.Floats(fromFile(t, got[name])), graphtest.Floats(fromFile(t, want)),
			testkit.Accept(c.Tolerance("state_after:"+name)))
	}
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		scope.Store().SetTraining(in[0].Graph(), false)
		return []*graph.Node{head.Forward(scope.At("head"), in[0])}
	}, x)
	io := c.Tensors(t, "io.safetensors")
	testkit.AllClose(t, "logits_eval", graphtest.Floats(outputs[0]), graphtest.Floats(load(t, io, "logits_eval")),
		testkit.Accept(c.Tolerance("io:logits_eval")))
}
