package trainer

import (
	"maps"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
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

// The corrections of AdamW count the updates that the moments had before the run, and those of the
// last layer only the steps in which it is not frozen.
func TestUpdatesOfAContinuedRun(t *testing.T) {
	s := small(t)
	p, _, _ := s.parts(t)
	p.Before = checkpoint.Updates{All: 70, LastLayer: 60}
	frozen := 0
	for step := range 12 {
		v := p.Plan.At(step)
		if v.FreezeLastLayer {
			frozen++
		}
		h := (&stepper{Config: p.Config, Learner: p.Learner}).hyper(step, v)
		if h.Updates != 70+step+1 || h.LastLayer != 60+step+1-frozen {
			t.Errorf("step %d: %d updates, %d of the last layer, with %d frozen", step, h.Updates, h.LastLayer, frozen)
		}
	}
	if frozen == 0 || frozen == 12 {
		t.Errorf("%d of 12 steps are frozen", frozen)
	}
}
