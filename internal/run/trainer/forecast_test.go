package trainer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// As many epochs fit into a time as end within it, and no more, with scores, checkpoints and
// baselines; a time that is too short has one.
func TestEpochsFitIntoATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := &trainer{}
		tr.StepsPerEpoch = rapid.IntRange(1, 1000).Draw(t, "steps an epoch")
		tr.ScoreEvery = rapid.IntRange(0, 5).Draw(t, "score every")
		tr.Checkpoints.Every = rapid.IntRange(1, 500).Draw(t, "checkpoint every")
		tr.pace.seconds = rapid.Float64Range(0.001, 10).Draw(t, "seconds a step")
		tr.pace.save = rapid.Float64Range(0, 5).Draw(t, "seconds a checkpoint")
		within := time.Duration(rapid.Float64Range(1, 1e5).Draw(t, "seconds") * float64(time.Second))
		epochs, whole := tr.fit(within)
		if whole > within && epochs != 1 {
			t.Fatalf("%d epochs take %v, more than %v", epochs, whole, within)
		}
		if tr.Epochs = epochs; tr.left(0) != whole {
			t.Errorf("%d epochs are said to take %v, but take %v", epochs, whole, tr.left(0))
		}
		if tr.Epochs = epochs + 1; tr.left(0) <= within {
			t.Errorf("%d epochs take %v: one more fits into %v", epochs, tr.left(0), within)
		}
	})
}
