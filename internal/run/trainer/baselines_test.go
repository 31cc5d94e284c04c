package trainer

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/dino-go/dino/observe"
)

// listener hears in which order a run does what.
type listener struct {
	observe.Nothing
	heard     []string
	estimates []observe.Estimate
}

func (l *listener) Step(s observe.Step) error {
	if l.heard = append(l.heard, "step"); s.Values.Has(KNN) {
		l.heard = append(l.heard, "scored")
	}
	return nil
}

func (l *listener) Estimated(e observe.Estimate) error {
	l.heard, l.estimates = append(l.heard, "estimate"), append(l.estimates, e)
	return nil
}

func (l *listener) Measured(observe.Baselines) error {
	l.heard = append(l.heard, "baselines")
	return nil
}

// scored are the settings of a run that is scored in its second epoch, with baselines that count
// how often they are measured.
func scored(t *testing.T, measured *int) setup {
	s := small(t)
	s.every, s.scoreEvery = 1000, 2
	var seconds int64
	s.now = func() time.Time { seconds++; return time.Unix(seconds, 0) } // steps that wait for nothing
	s.score = func(context.Context) (float64, error) { return 30, nil }
	s.baselines = func(context.Context) (observe.Baselines, error) {
		*measured++
		return observe.Baselines{Network: "untrained", Untrained: 10, Pixels: 20}, nil
	}
	return s
}

// The baselines wait for the first steps, and for how long the run takes; the first score waits for
// them.
func TestBaselinesFollowTheFirstSteps(t *testing.T) {
	measured, l := 0, &listener{}
	s := scored(t, &measured)
	s.observer = func(observe.Observer) observe.Observer { return l }
	e := s.finished(t)
	six := slices.Repeat([]string{"step"}, 6)
	want := slices.Concat(six, []string{"estimate", "baselines"}, six, []string{"scored"})
	if !slices.Equal(l.heard, want) || measured != 1 {
		t.Errorf("heard %v, measured %d times, want %v once", l.heard, measured, want)
	}
	if e.Best[BestUntrained] != 10 || e.Best[BestPixels] != 20 {
		t.Errorf("the scores are %v", e.Best)
	}
	if l.estimates[0].Steps != 5 || l.estimates[0].ImagesPerSecond <= 0 || l.estimates[0].Left <= 0 {
		t.Errorf("the estimate is %+v", l.estimates[0])
	}
}

// A score in the first steps waits for the baselines.
func TestBaselinesPrecedeTheFirstScore(t *testing.T) {
	measured, l := 0, &listener{}
	s := scored(t, &measured)
	s.scoreEvery = 1
	s.observer = func(observe.Observer) observe.Observer { return l }
	s.finished(t)
	five := slices.Repeat([]string{"step"}, 5)
	want := slices.Concat(five, []string{"baselines", "step", "scored", "estimate", "step"}, five, []string{"scored"})
	if !slices.Equal(l.heard, want) {
		t.Errorf("heard %v, want %v", l.heard, want)
	}
}

// A run that is stopped before its baselines, or within them, measures them when it goes on, once;
// what was measured is saved at once and never measured again.
func TestBaselinesAreMeasuredOnce(t *testing.T) {
	measured := 0
	s := scored(t, &measured)
	if e := s.interrupted(t, 2); !errors.Is(e.err, ErrInterrupted) || measured != 0 {
		t.Fatalf("%v, measured %d times", e.err, measured)
	}
	ctx, cancel := context.WithCancel(context.Background())
	within := s
	within.baselines = func(ctx context.Context) (observe.Baselines, error) {
		cancel()
		return observe.Baselines{}, ctx.Err()
	}
	if e := within.run(ctx, t); !errors.Is(e.err, ErrInterrupted) || e.Steps != 9 {
		t.Fatalf("stopped within the baselines: %v after %d steps", e.err, e.Steps)
	}
	first := s.score
	s.score = func(context.Context) (float64, error) { return 0, errors.New("killed before it is scored") }
	s.every = 1
	if e := s.run(context.Background(), t); e.err == nil || measured != 1 {
		t.Fatalf("%v, measured %d times", e.err, measured)
	}
	s.score = first
	if e := s.finished(t); measured != 1 || e.Best[BestPixels] != 20 {
		t.Errorf("measured %d times, the scores are %v", measured, e.Best)
	}
}

// The baselines are in a checkpoint before the next step, whenever the next would be saved.
func TestBaselinesAreSavedAtOnce(t *testing.T) {
	measured := 0
	s := scored(t, &measured)
	s.observer = func(observe.Observer) observe.Observer { return failsAfter{step: 6} }
	if e := s.run(context.Background(), t); e.err == nil || measured != 1 {
		t.Fatalf("%v, measured %d times", e.err, measured)
	}
	s.observer = nil
	if s.finished(t); measured != 1 {
		t.Errorf("measured %d times", measured)
	}
}

// failsAfter ends a run as a kill would: with nothing saved of the step.
type failsAfter struct {
	observe.Nothing
	step int
}

func (f failsAfter) Step(s observe.Step) error {
	if s.Number >= f.step {
		return errors.New("killed")
	}
	return nil
}

// The network of the best epoch is kept when its score is known, and not one of an epoch that is
// only as good.
func TestBestIsKept(t *testing.T) {
	scores, kept := []float64{30, 30, 50, 40}, []int{}
	s, n := small(t), 0
	s.epochs, s.scoreEvery = 4, 1
	s.score = func(context.Context) (float64, error) { n++; return scores[n-1], nil }
	s.best = func() error { kept = append(kept, n); return nil }
	s.finished(t)
	if want := []int{1, 3}; !slices.Equal(kept, want) {
		t.Errorf("kept after the scores %v, want %v", kept, want)
	}
}

// What is left are the steps, the scores, the checkpoints, the baselines and what follows them all.
func TestTimeLeftCountsAll(t *testing.T) {
	measured := 0
	s := scored(t, &measured) // 12 steps in 2 epochs, one score
	tr := &trainer{pace: pace{seconds: 4}}
	tr.Parts, _, _ = s.parts(t)
	tr.Expect = func(step time.Duration) Expected { return Expected{2 * step, 3 * step, step} }
	tr.Checkpoints.Every, tr.pace.save = 5, 1
	seconds := func(done int) float64 { return tr.left(done).Seconds() }
	if got, want := seconds(0), 12*4+8+12+4+3.; math.Abs(got-want) > 1e-6 {
		t.Errorf("at the start %v s, want %v", got, want)
	}
	tr.Measure, tr.pace.score = nil, 100
	if got, want := seconds(4), 8*4+100+4+2.; math.Abs(got-want) > 1e-6 {
		t.Errorf("after four steps %v s, want %v", got, want)
	}
	tr.ScoreEvery = 5 // the end is scored in any case
	if got, want := seconds(4), 8*4+100+4+2.; math.Abs(got-want) > 1e-6 {
		t.Errorf("scored at the end alone: %v s, want %v", got, want)
	}
	tr.Score = nil
	if got, want := seconds(4), 8*4+4+2.; math.Abs(got-want) > 1e-6 {
		t.Errorf("without scores %v s, want %v", got, want)
	}
	if got := seconds(12); got != 0 {
		t.Errorf("at the end %v s", got)
	}
	tr.Checkpoints.Interval, tr.Checkpoints.Every = 8*time.Second, 1000
	if got, want := seconds(4), 8*4+4+4.; math.Abs(got-want) > 1e-6 {
		t.Errorf("saved by time: %v s, want %v", got, want)
	}
}

// The first step, in which graphs are compiled, does not count; a few tell how long a run takes,
// and fewer where they take long.
func TestPaceIsKnown(t *testing.T) {
	for _, c := range []struct {
		step  time.Duration
		known int // steps after which it is
	}{{time.Second, 6}, {5 * time.Second, 3}, {11 * time.Second, 2}, {30 * time.Second, 2}} {
		var p pace
		now := time.Unix(0, 0)
		p.start(now)
		for n := 1; ; n++ {
			took := c.step
			if n == 1 {
				took *= 3
			}
			now = now.Add(took)
			p.step(now, 0, 1)
			if !p.known() {
				continue
			}
			if got := p.seconds; n != c.known || got != c.step.Seconds() {
				t.Errorf("steps of %v: known after %d, as %v s, want after %d", c.step, n, got, c.known)
			}
			break
		}
	}
}

// The state is saved after some steps, and after some time.
func TestCheckpointsAreDue(t *testing.T) {
	c := Checkpoints{Every: 500, Interval: 10 * time.Minute, at: time.Unix(0, 0)}
	for _, due := range []struct {
		done    int
		seconds int64
		want    bool
	}{{499, 599, false}, {500, 1, true}, {7, 600, true}, {7, 100_000, true}} {
		if got := c.due(due.done, time.Unix(due.seconds, 0)); got != due.want {
			t.Errorf("after %d steps and %d s: %v, want %v", due.done, due.seconds, got, due.want)
		}
	}
	c.Interval = 0
	if c.due(499, time.Unix(1e9, 0)) {
		t.Error("saved by time, which is off")
	}
}

// A run saves by time, counted from the last checkpoint.
func TestRunSavesByTime(t *testing.T) {
	s := small(t)
	s.every, s.keep, s.interval = 1000, 100, time.Nanosecond
	s.finished(t)
	if want := pairs(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); !slices.Equal(s.steps(t), want) {
		t.Errorf("saved %v, want %v", s.steps(t), want)
	}
	s.dir, s.interval = t.TempDir(), time.Hour
	s.finished(t)
	if want := pairs(12); !slices.Equal(s.steps(t), want) {
		t.Errorf("saved %v, want %v", s.steps(t), want)
	}
}
