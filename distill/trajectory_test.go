package distill

import (
	"math"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/schedule"
)

// trajectory returns the losses of the first ten steps of a small model, with every schedule in
// motion.
func trajectory(t graphtest.TB, c Config) []float64 {
	t.Helper()
	r := newTraining(t, c, DefaultOptimizer(), 3)
	var losses []float64
	for n := 1; n <= 10; n++ {
		h := Hyper{
			Values: schedule.Values{
				LR: 0.0005 * float64(n), WeightDecay: 0.04 * float64(n), Momentum: 0.9 + 0.005*float64(n),
				TeacherTemp: 0.04 + 0.001*float64(n),
			},
			Updates: n,
		}
		h.FreezeLastLayer = n <= 2
		h.LastLayer = max(0, n-2)
		losses = append(losses, r.step(t, h, views(uint64(n), 4)).loss)
	}
	return losses
}

// The losses are pinned: whatever changes them changes the method, and has to say so.
func TestTrajectoryIsPinned(t *testing.T) {
	seed := tiny()
	seed.ProjectorBottleneckDim, seed.NPrototypes = 64, 64 // logits of a size that training starts from
	official := seed
	official.Head, official.HeadBatchNorm, official.CenterRule = HeadOfficial, true, CenterOfficial
	for name, test := range map[string]struct {
		config Config
		want   []float64
	}{
		"seed": {seed, []float64{
			3.555797, 4.389965, 4.39083, 4.345228, 4.298087, 4.252315, 4.209132, 4.167394,
			4.128063, 4.096748,
		}},
		"official": {official, []float64{
			4.848422, 4.16922, 4.034517, 4.856973, 5.079859, 3.181404, 3.991152, 3.202326,
			3.785523, 3.462409,
		}},
	} {
		got := trajectory(t, test.config)
		for i, want := range test.want {
			if math.Abs(got[i]/want-1) > 1e-4 {
				t.Errorf("%s: the loss of step %d is %.7g, want %.7g", name, i, got[i], want)
			}
		}
	}
}

// Two runs give the same bits: the order in which the engine schedules its work does not reach the
// numbers.
func TestTrajectoryRepeats(t *testing.T) {
	if a, b := trajectory(t, tiny()), trajectory(t, tiny()); !slices.Equal(a, b) {
		t.Errorf("two runs give %v and %v", a, b)
	}
}
