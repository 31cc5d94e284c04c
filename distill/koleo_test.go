package distill

import (
	_ "embed"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// koleoCase is what testdata/koleo.py prints of one batch, computed by PyTorch in float64.
type koleoCase struct {
	Features [][]float64 `json:"features"`
	Loss     float64     `json:"loss"`
	Gradient [][]float64 `json:"gradient"`
}

//go:embed testdata/koleo.py
var koleoProgram string

func flattened(rows [][]float64) (values []float64) {
	for _, row := range rows {
		values = append(values, row...)
	}
	return values
}

// koleoAndGradient runs KoLeo of features [batch, width].
func koleoAndGradient(t graphtest.TB, features []float64, batch int) (float64, []float64) {
	values := make([]float32, len(features))
	for i, v := range features {
		values[i] = float32(v)
	}
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		loss := KoLeo(in[0])
		return append(graph.Gradient(loss, in[0]), loss)
	}, graphtest.Tensor(values, batch, len(values)/batch))
	return float64(tensors.ToScalar[float32](outputs[1])), graphtest.Float64s(graphtest.Floats(outputs[0]))
}

// slowKoLeo is the loop of the comment, in float64.
func slowKoLeo(features []float64, batch int) float64 {
	width := len(features) / batch
	x := make([][]float64, batch)
	for i := range x {
		row, norm := features[i*width:(i+1)*width], 0.0
		for _, v := range row {
			norm += v * v
		}
		for _, v := range row {
			x[i] = append(x[i], v/max(math.Sqrt(norm), koleoEps))
		}
	}
	loss := 0.0
	for i := range x {
		nearest := math.Inf(1)
		for j := range x {
			square := 0.0
			for k := range x[j] {
				square += (x[i][k] - x[j][k] + koleoEps) * (x[i][k] - x[j][k] + koleoEps)
			}
			if i != j {
				nearest = min(nearest, math.Sqrt(square))
			}
		}
		loss -= math.Log(nearest+koleoEps) / float64(batch)
	}
	return loss
}

// Loss and gradient are those of PyTorch, over ordinary features, two opposite ones, two that are
// nearly one, and short ones.
func TestKoLeoGolden(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "koleo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var stored struct{ Cases []koleoCase }
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	if len(stored.Cases) < 4 {
		t.Fatalf("%d stored cases", len(stored.Cases))
	}
	for _, c := range stored.Cases {
		requireKoLeo(t, c)
	}
}

func requireKoLeo(t *testing.T, c koleoCase) {
	t.Helper()
	loss, gradient := koleoAndGradient(t, flattened(c.Features), len(c.Features))
	testkit.AllClose(t, "loss", []float64{loss}, []float64{c.Loss}, 2e-5)
	largest := 0.0
	for _, g := range flattened(c.Gradient) {
		largest = max(largest, math.Abs(g))
	}
	// float32 keeps a distance of 1e-3 between unit vectors to 1e-4 of it
	testkit.AllClose(t, "gradient", gradient, flattened(c.Gradient), 3e-4*largest)
}

// The same over new features, by the PyTorch that is installed; the stored case is what it prints.
func TestKoLeoEqualsTorch(t *testing.T) {
	python := pythontest.Find(t, "torch")
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	var input struct {
		Features [][][]float64 `json:"features"`
	}
	for range 5 {
		batch := make([][]float64, 2+rng.IntN(20))
		width := 2 + rng.IntN(30)
		for i := range batch {
			for range width {
				batch[i] = append(batch[i], rng.NormFloat64())
			}
		}
		input.Features = append(input.Features, batch)
	}
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	var torch struct{ Cases []koleoCase }
	pythontest.Run(t, python, koleoProgram, &torch, string(text))
	for _, c := range torch.Cases {
		requireKoLeo(t, c)
	}
}

// The loss is that of the loops, and the gradient is its slope.
func TestKoLeoEqualsLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for range 20 {
		batch, width := 2+rng.IntN(7), 2+rng.IntN(6)
		features := make([]float64, batch*width)
		for i := range features {
			features[i] = float64(float32(rng.NormFloat64()))
		}
		loss, gradient := koleoAndGradient(t, features, batch)
		testkit.AllClose(t, "loss", []float64{loss}, []float64{slowKoLeo(features, batch)}, 1e-5)
		const h = 1e-6
		for i := range features {
			moved := func(by float64) float64 {
				old := features[i]
				defer func() { features[i] = old }()
				features[i] += by
				return slowKoLeo(features, batch)
			}
			up, down := (moved(h)-moved(0))/h, (moved(0)-moved(-h))/h
			if math.Abs(up-down) > 1e-3*(1+math.Abs(up)) {
				continue // the nearest neighbour changes here
			}
			if slope := (up + down) / 2; math.Abs(gradient[i]-slope) > 1e-3*(1+math.Abs(slope)) {
				t.Errorf("gradient[%d] is %g, the slope %g", i, gradient[i], slope)
			}
		}
	}
}

// Features that are equal have a large loss with a finite gradient; one image has no neighbour.
func TestKoLeoAtItsLimits(t *testing.T) {
	loss, gradient := koleoAndGradient(t, []float64{1, 2, 1, 2, 0, 0}, 3)
	if math.IsNaN(loss) || loss < 10 {
		t.Errorf("of equal features: %g", loss)
	}
	for _, g := range gradient {
		if math.IsNaN(g) || math.IsInf(g, 0) {
			t.Fatalf("of equal features: gradient %v", gradient)
		}
	}
	if loss, _ := koleoAndGradient(t, []float64{1, 0, -1, 0}, 2); math.Abs(loss+math.Log(2)) > 1e-6 {
		t.Errorf("two opposite features: %g, want −log 2", loss)
	}
	err := graphtest.Error(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{KoLeo(in[0])}
	}, graphtest.Tensor([]float32{1, 2}, 1, 2))
	testkit.RequireError(t, err, "KoLeo needs [batch, width] with at least two images")
}

// A step minimises the cross-entropy and, times its weight, KoLeo of the student's class tokens of
// each global view by itself, in both precisions; its measurement is the sum without the weight.
// Without a weight nothing is added, and nothing is measured.
func TestKoLeoInAStep(t *testing.T) {
	for _, precision := range []string{Float32, BFloat16} {
		c := tiny()
		c.Precision = precision
		plain := newTraining(t, c, DefaultOptimizer(), 1)
		if plain.model.KoLeoWeight != 0 {
			t.Fatal("KoLeo is not off by default")
		}
		c.KoLeoWeight = 0.5
		with := newTraining(t, c, DefaultOptimizer(), 1)
		graphtest.Call(t, plain.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := plain.model.Forward(scope, inputOf(in), graph.Const(in[0].Graph(), float32(0.04)))
			if out.KoLeo != nil || out.Loss != out.CrossEntropy {
				t.Error("a weight of 0 changes the graph")
			}
			return []*graph.Node{out.Loss}
		}, views(1, 5)...)
		outputs := graphtest.Call(t, with.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			temperature := graph.Const(in[0].Graph(), float32(0.04))
			out := with.model.Forward(scope, inputOf(in), temperature)
			var features []*graph.Node
			for _, view := range in[:2] {
				tokens := cls(with.model.Backbones.ForwardStudent(scope, with.model.compute(view)))
				features = append(features, graph.ConvertDType(tokens, out.Loss.DType()))
			}
			return []*graph.Node{out.Loss, out.CrossEntropy, out.KoLeo, features[0], features[1]}
		}, views(1, 5)...)
		scalar := func(i int) float64 { return float64(tensors.ToScalar[float32](outputs[i])) }
		want := 0.0
		for _, features := range outputs[3:] {
			want += slowKoLeo(graphtest.Float64s(graphtest.Floats(features)), 5)
		}
		testkit.AllClose(t, precision, []float64{scalar(0), scalar(1), scalar(2)},
			[]float64{scalar(1) + 0.5*want, scalar(1), want}, 2e-5*(1+math.Abs(want)))

		got := with.step(t, hyper(1), views(1, 5))
		if off := plain.step(t, hyper(1), views(1, 5)); got.loss != off.loss || got.gradNorm == off.gradNorm {
			t.Errorf("%s: with KoLeo the step has loss %g and gradient norm %g, without %g and %g", precision, got.loss,
				got.gradNorm, off.loss, off.gradNorm)
		}
	}
}
