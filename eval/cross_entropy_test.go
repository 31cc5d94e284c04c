package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestCrossEntropyByHand(t *testing.T) {
	// Two classes, one sample: softmax(ln 3, 0) = (3/4, 1/4).
	logits := []float32{float32(math.Log(3)), 0}
	loss := crossEntropy(logits, 2, 1, []int{1})
	testkit.AllClose(t, "loss", []float64{loss}, []float64{math.Log(4)}, 1e-6)
	testkit.AllClose(t, "gradient", logits, []float32{0.75, -0.75}, 1e-6)
}

// The gradient is that of the loss, and huge logits do not overflow.
func TestCrossEntropyGradient(t *testing.T) {
	const classes, stride = 5, 4
	rng := rand.New(rand.NewPCG(1, 5))
	logits := make([]float32, classes*stride)
	for i := range logits {
		logits[i] = float32(3 * rng.NormFloat64())
	}
	labels := []int{4, 0, 2} // fewer samples than the stride
	lossAt := func(i int, by float32) float64 {
		moved := append([]float32(nil), logits...)
		moved[i] += by
		return crossEntropy(moved, classes, stride, labels)
	}
	gradient := append([]float32(nil), logits...)
	crossEntropy(gradient, classes, stride, labels)
	for class := range classes {
		for sample := range labels {
			i := class*stride + sample
			slope := (lossAt(i, 0.01) - lossAt(i, -0.01)) / 0.02
			testkit.AllClose(t, "slope", []float64{float64(gradient[i])}, []float64{slope}, 1e-4)
		}
	}
	huge := []float32{1e30, -1e30}
	if loss := crossEntropy(huge, 2, 1, []int{0}); loss != 0 || huge[0] != 0 || huge[1] != 0 {
		t.Errorf("certain and right: loss %v, gradient %v, want zeros", loss, huge)
	}
}
