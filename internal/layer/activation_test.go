package layer

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

func TestGELUIsTheExactOne(t *testing.T) {
	x := []float32{-6, -2, -1, -0.5, 0, 0.3, 1, 2.5, 6}
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		y := GELU(in[0])
		return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(y), in[0])[0]}
	}, graphtest.Tensor(x, len(x)))

	var value, slope []float32
	for _, v := range graphtest.Float64s(x) {
		cdf := math.Erfc(-v/math.Sqrt2) / 2
		value = append(value, float32(v*cdf))
		slope = append(slope, float32(cdf+v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi)))
	}
	testkit.AllClose(t, "GELU", graphtest.Floats(outputs[0]), value, 2e-6)
	testkit.AllClose(t, "its derivative", graphtest.Floats(outputs[1]), slope, 2e-6)
	// The tanh approximation differs by up to 4.7e-4.
}

func TestSiLUEqualsItsDefinition(t *testing.T) {
	x := []float32{-30, -6, -1, -0.5, 0, 0.3, 1, 2.5, 30}
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{SiLU(in[0])}
	}, graphtest.Tensor(x, len(x)))
	var want []float32
	for _, v := range graphtest.Float64s(x) {
		want = append(want, float32(v/(1+math.Exp(-v))))
	}
	testkit.AllClose(t, "SiLU", graphtest.Floats(outputs[0]), want, 2e-6)
}

// slowLogSoftmax is the definition, in float64, for rows of width k.
func slowLogSoftmax(x []float32, k int) []float64 {
	out := make([]float64, len(x))
	for from := 0; from < len(x); from += k {
		top, sum := math.Inf(-1), 0.0
		for _, v := range x[from : from+k] {
			top = max(top, float64(v))
		}
		for _, v := range x[from : from+k] {
			sum += math.Exp(float64(v) - top)
		}
		for i, v := range x[from : from+k] {
			out[from+i] = float64(v) - top - math.Log(sum)
		}
	}
	return out
}

func TestSoftmaxEqualsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, k := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "k")
		scale := rapid.SampledFrom([]float32{0.1, 1, 30, 1e4, 1e30}).Draw(t, "scale")
		x := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), rows*k)
		for i := range x {
			x[i] *= scale
		}
		outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{Softmax(in[0]), LogSoftmax(in[0])}
		}, graphtest.Tensor(x, rows, k))
		logp := slowLogSoftmax(x, k)
		p := make([]float64, len(logp))
		for i, l := range logp {
			p[i] = math.Exp(l)
		}
		testkit.AllClose(t, "softmax", graphtest.Float64s(graphtest.Floats(outputs[0])), p, 1e-6)
		testkit.AllClose(t, "log softmax", graphtest.Float64s(graphtest.Floats(outputs[1])), logp,
			1e-6*max(1, float64(scale)))
	})
}

func TestSoftmaxGradientIsThatOfTheDefinition(t *testing.T) {
	x, direction := []float32{0.3, -1.2, 2, 0.1}, []float32{1, -2, 0.5, 3}
	outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		dot := func(y *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Mul(y, in[1])) }
		return append(graph.Gradient(dot(Softmax(in[0])), in[0]), graph.Gradient(dot(LogSoftmax(in[0])), in[0])...)
	}, graphtest.Tensor(x, 1, 4), graphtest.Tensor(direction, 1, 4))
	var soft, log []float32
	mean, total := 0.0, 0.0
	logp := slowLogSoftmax(x, 4)
	for i, l := range logp {
		mean += math.Exp(l) * float64(direction[i])
		total += float64(direction[i])
	}
	for i, l := range logp {
		soft = append(soft, float32(math.Exp(l)*(float64(direction[i])-mean)))
		log = append(log, float32(float64(direction[i])-math.Exp(l)*total))
	}
	testkit.AllClose(t, "gradient of softmax", graphtest.Floats(outputs[0]), soft, 1e-6)
	testkit.AllClose(t, "gradient of log softmax", graphtest.Floats(outputs[1]), log, 1e-6)
}

func TestSoftmaxIsFloat32WhateverItsInput(t *testing.T) {
	graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		half := graph.ConvertDType(in[0], dtypes.BFloat16)
		for name, y := range map[string]*graph.Node{"softmax": Softmax(half), "log softmax": LogSoftmax(half)} {
			if y.DType() != dtypes.Float32 {
				t.Errorf("%s of bfloat16 is %s, want float32", name, y.DType())
			}
		}
		return in
	}, graphtest.Tensor([]float32{1, 2}, 1, 2))
}
