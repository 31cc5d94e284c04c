package distill

import (
	"math"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/measure"
)

// What is measured of an update is what its variables and gradients say, for a whole step and for
// one in micro-batches.
func TestUpdateMeasurementsEqualLoops(t *testing.T) {
	names := []string{"grad_norm_input", "grad_norm_blocks", "grad_norm_head", "teacher_distance", "update_size"}
	seed := testkit.Seed(t)
	for _, microBatches := range []int{1, 2} {
		r := newTraining(t, tiny(), accumulationOptimizer(), seed)
		for n := 1; n <= 2; n++ {
			batch, before := views(seed+uint64(n), 4), r.state(t)
			gradients := newTraining(t, tiny(), accumulationOptimizer(), seed)
			for name := range before {
				if strings.HasPrefix(name, "accumulate.") {
					delete(before, name)
				}
			}
			gradients.set(t, before)
			gradients.accumulate(t, hyper(n), batch)
			var got measure.Values
			if microBatches == 1 {
				got = r.measured(t, hyper(n), batch)
			} else {
				r.accumulate(t, hyper(n), part(batch, 0, 2))
				r.accumulate(t, hyper(n), part(batch, 2, 4))
				got = r.applied(t, hyper(n), microBatches)
			}
			want := slowUpdate(before, r.state(t), gradients.state(t))
			for i, name := range names {
				testkit.AllClose(t, name, []float64{got[name]}, want[i:i+1], 2e-4*max(want[i], 0.01))
			}
		}
	}
}

// slowUpdate computes the measurements of an update from the variables before and after it, and
// from the sums of the gradients.
func slowUpdate(before, after, sums map[string][]float32) []float64 {
	var input, blocks, head, distance, change, size float64
	for name, old := range before {
		gradient := sums["accumulate."+name]
		if !strings.Contains(name, ".student.") || gradient == nil {
			continue
		}
		teacher := before[strings.Replace(name, ".student.", ".teacher.", 1)]
		for i, x := range old {
			g := math.Pow(float64(gradient[i]), 2)
			switch {
			case strings.HasPrefix(name, "projector."):
				head += g
			case strings.Contains(name, "_embed") || strings.Contains(name, "cls_token"):
				input += g
			default:
				blocks += g
			}
			distance += math.Pow(float64(x)-float64(teacher[i]), 2)
			change += math.Pow(float64(after[name][i])-float64(x), 2)
			size += float64(x) * float64(x)
		}
	}
	return []float64{
		math.Sqrt(input), math.Sqrt(blocks), math.Sqrt(head), math.Sqrt(distance / size), math.Sqrt(change / size),
	}
}
