package trainer

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/observe"
)

// A run says once how long it takes, and again when its steps have become slower for good: not for
// a slow moment, and not twice for one change. What it says then is right.
func TestTimeIsToldAgainWhenStepsGetSlower(t *testing.T) {
	s := small(t)
	l := &listener{}
	tr := &trainer{}
	tr.Parts, _, _ = s.parts(t)
	tr.Observer, tr.Score, tr.Expect = l, nil, nil
	tr.Epochs, tr.StepsPerEpoch, tr.Checkpoints.Every = 10, 100, 10_000
	now := time.Unix(0, 0)
	tr.pace.start(now)
	done := 0
	steps := func(n int, each time.Duration) {
		for range n {
			now = now.Add(each)
			tr.pace.step(now, 0, batch)
			done++
			if err := tr.tellTime(done, tr.pace.known()); err != nil {
				t.Fatal(err)
			}
		}
	}
	steps(60, 2*time.Second)
	steps(3, 6*time.Second) // a slow moment
	steps(60, 2*time.Second)
	if len(l.estimates) != 1 || l.estimates[0].Before != 0 || l.estimates[0].Left != 994*2*time.Second {
		t.Fatalf("heard %+v", l.estimates)
	}
	steps(100, 3*time.Second)
	if len(l.estimates) != 2 {
		t.Fatalf("slower for good: heard %+v", l.estimates)
	}
	again := l.estimates[1]
	told := float64(again.Left) / float64(3*time.Second)
	if again.Before != batch/2. || again.ImagesPerSecond != batch/3. || told != float64(int(told)) || told < 777 {
		t.Errorf("told again: %+v", again)
	}
	if left, want := tr.statusLeft(done), time.Duration(1000-done)*3*time.Second; left < want*99/100 ||
		left > want*101/100 {
		t.Errorf("%v left, want %v", left, want)
	}
}

// Steps on batches that were loaded while the graph was compiled are not the pace of a run that
// waits for its data.
func TestPaceOfARunThatWaits(t *testing.T) {
	var p pace
	now := time.Unix(0, 0)
	p.start(now)
	step := func(took, waited time.Duration) {
		now = now.Add(took)
		p.step(now, waited, 1)
	}
	step(9*time.Second, 0)
	for range 4 {
		step(time.Second, 0)
	}
	for range 5 {
		step(4*time.Second, 3*time.Second)
	}
	if p.steps != 5 || !p.known() || p.seconds != 4 || p.waiting != 3 {
		t.Errorf("%v s a step, %v of them waiting", p.seconds, p.waiting)
	}
	for range 30 {
		step(time.Second, 0)
	}
	if step(2*time.Second, time.Second); p.steps != 36 {
		t.Errorf("a later wait begins anew: %d steps count", p.steps)
	}
}

// Looks at the probe images are no part of a step, and the first one, which compiles, does not
// count.
func TestProbesAreNoSteps(t *testing.T) {
	s := small(t)
	tr := &trainer{}
	tr.Parts, _, _ = s.parts(t)
	tr.Observer, tr.Score, tr.ProbeEvery, tr.Checkpoints.Every = observe.Nothing{}, nil, 4, 10_000
	now := time.Unix(0, 0)
	tr.pace.start(now)
	for _, look := range []time.Duration{30 * time.Second, 2 * time.Second} {
		for range 5 {
			now = now.Add(time.Second)
			tr.pace.step(now, 0, batch)
		}
		began := now
		now = now.Add(look)
		tr.pace.lookedAt(now, began)
	}
	now = now.Add(time.Second)
	tr.pace.step(now, 0, batch)
	if left := tr.left(0); left != 12*time.Second+3*2*time.Second {
		t.Errorf("%v left, want 12 steps of a second and 3 looks of two", left)
	}
}

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
