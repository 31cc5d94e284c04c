package trainer

import (
	"maps"
	"slices"
	"testing"

	"github.com/dino-go/dino/measure"
)

// The numbers of a step over micro-batches are the mean of theirs, each of them. Those of the whole
// batch's gradients are put in their place behind it, as TestAccumulationEqualsTheLargeBatch sees.
func TestMetricsOfMicroBatchesAreTheirMean(t *testing.T) {
	of := func(x float64) metrics {
		return metrics{
			values:      measure.Values{"loss": x, "kl": 2 * x, "added": 3 * x},
			finiteViews: []float32{1, 1},
		}
	}
	mean := metrics{values: measure.Values{}}
	for _, x := range []float64{1, 2, 4, 9} {
		mean.add(of(x), 0.25)
	}
	want := of(4)
	if !maps.Equal(mean.values, want.values) || !slices.Equal(mean.finiteViews, want.finiteViews) {
		t.Errorf("the mean is %v, want %v", mean, want)
	}
}
