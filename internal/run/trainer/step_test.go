package trainer

import (
	"slices"
	"testing"
)

// The numbers of a step over micro-batches are the mean of theirs, each of them; the norm of the
// gradient is that of the sum and is not taken from them.
func TestMetricsOfMicroBatchesAreTheirMean(t *testing.T) {
	of := func(x float64) metrics {
		return metrics{
			loss: x, entropy: 2 * x, marginal: 3 * x, kl: 4 * x, maxProb: 5 * x, centerNorm: 6 * x, featureStd: 7 * x,
			gradNorm:    8 * x,
			finiteViews: []float32{1, 1},
		}
	}
	var mean metrics
	for _, x := range []float64{1, 2, 4, 9} {
		mean.add(of(x), 0.25)
	}
	want := of(4)
	got := []float64{
		mean.loss, mean.entropy, mean.marginal, mean.kl, mean.maxProb, mean.centerNorm, mean.featureStd,
		mean.gradNorm,
	}
	if !slices.Equal(got, []float64{
		want.loss, want.entropy, want.marginal, want.kl, want.maxProb, want.centerNorm,
		want.featureStd, 0,
	}) {
		t.Errorf("the mean is %v", got)
	}
	if !slices.Equal(mean.finiteViews, want.finiteViews) {
		t.Errorf("the finite views are %v", mean.finiteViews)
	}
}
