package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"

	"github.com/dino-go/dino/internal/testkit"
)

// Saved is every few steps and at the end; the newest few stay.
func TestCheckpoints(t *testing.T) {
	s := small(t)
	s.every, s.keep = 3, 2
	s.finished(t)
	if diff := cmp.Diff(pairs(9, 12), s.steps(t)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s = small(t)
	s.every, s.keep = 5, 9
	s.finished(t)
	if diff := cmp.Diff(pairs(5, 10, 12), s.steps(t)); diff != "" {
		t.Errorf("the end: -want +got:\n%s", diff)
	}
	loaded, warnings, err := checkpoint.Latest(filepath.Join(s.dir, "checkpoints"))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	defer loaded.Tensors.Close()
	if loaded.Step != 12 || loaded.Epoch != 2 {
		t.Errorf("step %d, epoch %d, want 12 and 2", loaded.Step, loaded.Epoch)
	}
}

// A run with nothing left to do does nothing.
func TestRunThatIsOver(t *testing.T) {
	s := small(t)
	want := s.finished(t)
	s.every = 1
	got := s.finished(t)
	requireSame(t, want, got)
	if got.Steps != 12 {
		t.Errorf("%d steps, want 12", got.Steps)
	}
	if diff := cmp.Diff(pairs(10, 12), s.steps(t)); diff != "" {
		t.Errorf("checkpoints: -want +got:\n%s", diff)
	}
}

// An interruption finishes the step under way, saves it, and says so.
func TestInterruption(t *testing.T) {
	for _, c := range []struct {
		step int // under way
		want []string
	}{
		{0, pairs(1)},
		{3, pairs(4)},
		{4, pairs(5)}, // saved for both reasons, once
		{7, pairs(5, 8)},
		{11, pairs(10, 12)}, // in the last step
	} {
		s := small(t)
		e := s.interrupted(t, c.step)
		if !errors.Is(e.err, ErrInterrupted) || e.Steps != c.step+1 || len(e.records) != c.step+1 {
			t.Errorf("in step %d: %d steps, %d lines, %v", c.step, e.Steps, len(e.records), e.err)
		}
		if diff := cmp.Diff(c.want, s.steps(t)); diff != "" {
			t.Errorf("in step %d: -want +got:\n%s", c.step, diff)
		}
	}
}

// An interruption before the first step leaves nothing behind, and one right after a checkpoint
// does not write it again.
func TestInterruptionBeforeAStep(t *testing.T) {
	s := small(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if e := s.run(ctx, t); !errors.Is(e.err, ErrInterrupted) || e.Steps != 0 || len(s.steps(t)) > 0 {
		t.Errorf("%d steps, %v, checkpoints %v", e.Steps, e.err, s.steps(t))
	}
	s.interrupted(t, 4)
	before, err := os.Stat(filepath.Join(s.dir, "checkpoints", pairs(5)[0]))
	if err != nil {
		t.Fatal(err)
	}
	if e := s.run(ctx, t); !errors.Is(e.err, ErrInterrupted) || e.Steps != 5 {
		t.Errorf("%d steps, %v", e.Steps, e.err)
	}
	after, err := os.Stat(filepath.Join(s.dir, "checkpoints", pairs(5)[0]))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the checkpoint was written again: %v", err)
	}
}

// An interruption while the data is awaited does not wait for it, and saves the steps done.
func TestInterruptionWithoutData(t *testing.T) {
	s := small(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	release := make(chan struct{})
	stuck := make(chan struct{}, drawn)
	s.render = func(f loader.RenderFunc) loader.RenderFunc {
		return func(img *augment.Image, epoch, index int, dst [][]float32) {
			if epoch == 1 {
				stuck <- struct{}{}
				<-release
			}
			f(img, epoch, index, dst)
		}
	}
	go func() {
		<-stuck
		// by now the first epoch is done and the run waits; if not, the test is merely weaker
		time.Sleep(300 * time.Millisecond)
		cancel()
		time.Sleep(300 * time.Millisecond)
		close(release)
	}()
	e := s.run(ctx, t)
	if !errors.Is(e.err, ErrInterrupted) || e.Steps > stepsPerEpoch {
		t.Fatalf("%d steps, %v", e.Steps, e.err)
	}
	s.render = nil
	whole := small(t)
	requireSame(t, whole.finished(t), s.finished(t))
}

// The teacher is scored at the end of every so many epochs and of the last; the best score survives
// a resume.
func TestScores(t *testing.T) {
	scores := []float64{40, 30, 35}
	run := func(interruptAt int) ended {
		s := small(t)
		s.epochs, s.scoreEvery = 5, 2
		next := 0
		s.score = func(context.Context) (float64, error) {
			next++
			return scores[next-1], nil
		}
		if interruptAt >= 0 {
			s.interrupted(t, interruptAt)
		}
		return s.finished(t)
	}
	whole := run(-1)
	want := map[int]float64{11: 40, 23: 30, 29: 35}
	for _, r := range whole.records {
		score, due := want[r.Step]
		switch {
		case due != r.Values.Has(KNN):
			t.Errorf("step %d is scored: %v", r.Step, r.Values.Has(KNN))
		case due && (r.Values.Of(KNN) != score || r.Values.Of(KNNUntrained) != 10 || r.Values.Of(KNNPixels) != 20):
			t.Errorf("step %d: %v, want %v beside 10 and 20", r.Step, r.Values, score)
		}
	}
	if whole.KNN == nil || *whole.KNN != 35 || whole.Best[BestKNN] != 40 {
		t.Errorf("last %v, best %v, want 35 and 40", whole.KNN, whole.Best)
	}
	// In the step that is scored: the interruption waits for the score.
	for _, step := range []int{11, 12} {
		parts := run(step)
		requireSame(t, whole, parts)
		if parts.Best[BestKNN] != 40 {
			t.Errorf("best %v after a resume, want 40", parts.Best)
		}
	}
}

func TestScoreThatFails(t *testing.T) {
	s := small(t)
	s.scoreEvery = 1
	cause := errors.New("no images")
	s.score = func(context.Context) (float64, error) { return 0, cause }
	e := s.run(t.Context(), t)
	testkit.RequireError(t, e.err, "trainer: k-NN after epoch 1: no images")
	if !errors.Is(e.err, cause) || len(e.records) != stepsPerEpoch-1 {
		t.Errorf("%d lines: the step whose score is missing must not be logged", len(e.records))
	}
}

// recorder keeps what an observer is told.
type recorder struct {
	observe.Observer
	steps   []observe.Step
	scores  []observe.Score
	saved   []int
	order   []string
	failing string // where to fail
}

var errObserver = errors.New("no place")

func (r *recorder) hear(what string) error {
	r.order = append(r.order, what)
	if what == r.failing {
		return errObserver
	}
	return nil
}

func (r *recorder) Step(s observe.Step) error {
	r.steps = append(r.steps, s)
	return errors.Join(r.hear(fmt.Sprint("step ", s.Number)), r.Observer.Step(s))
}

func (r *recorder) Score(s observe.Score) error {
	r.scores = append(r.scores, s)
	return r.hear(fmt.Sprint("score ", s.Epoch))
}

func (r *recorder) Saved(s observe.Saved) error {
	r.saved = append(r.saved, s.Steps)
	return r.hear(fmt.Sprint("saved ", s.Steps))
}

func (r *recorder) Sync() error { return r.hear("sync") }

// record runs a setup with a recorder behind its log.
func record(t *testing.T, s setup, failing string) (*recorder, ended) {
	t.Helper()
	r := &recorder{Observer: observe.Nothing{}, failing: failing}
	s.observer = func(log observe.Observer) observe.Observer {
		return observe.All{{Name: "log", Observer: log}, {Name: "test", Observer: r}}
	}
	return r, s.run(t.Context(), t)
}

// An observer hears of all that happens, in the order in which it happens: the score of a step
// before the step, and of a checkpoint when it has been made durable.
func TestWhatAnObserverHears(t *testing.T) {
	s := small(t)
	s.scoreEvery, s.every = 2, 5
	s.score = func(context.Context) (float64, error) { return 37.5, nil }
	r, e := record(t, s, "")
	if e.err != nil {
		t.Fatal(e.err)
	}
	want := []string{
		"step 0", "step 1", "step 2", "step 3", "step 4", "sync", "saved 5", "step 5", "step 6", "step 7", "step 8",
		"step 9", "sync", "saved 10", "step 10", "score 2", "step 11", "sync", "saved 12",
	}
	if diff := cmp.Diff(want, r.order); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	score := observe.Score{Epoch: 2, KNN: 37.5, Best: 37.5}
	score.Baselines = observe.Baselines{Network: "untrained", Untrained: 10, Pixels: 20}
	if diff := cmp.Diff([]observe.Score{score}, r.scores); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i, step := range r.steps {
		if step.Number != i || step.Epoch != i/stepsPerEpoch || step.Steps != 12 || step.Epochs != 2 ||
			!step.Values.Has(distill.Loss) || step.Values.Has(KNN) != (i == 11) {
			t.Errorf("step %d: heard %+v", i, step)
		}
	}
	if last := r.steps[11]; last.Left != 0 || last.Smoothed.Of(ImagesPerSecond) <= 0 {
		t.Errorf("the last step: %+v", last)
	}
}

// An observer that fails ends the run, by its name, wherever it fails; the checkpoints stay.
func TestAnObserverThatFails(t *testing.T) {
	for failing, saved := range map[string][]string{
		"step 7": pairs(5), "saved 5": pairs(5), "sync": nil, "score 1": pairs(5),
	} {
		s := small(t)
		s.scoreEvery = 1
		s.score = func(context.Context) (float64, error) { return 1, nil }
		_, e := record(t, s, failing)
		testkit.RequireError(t, e.err, "test: no place")
		if !errors.Is(e.err, errObserver) {
			t.Errorf("%s: %v", failing, e.err)
		}
		if diff := cmp.Diff(saved, s.steps(t)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", failing, diff)
		}
	}
}

// The time left is that of the steps that are not done yet.
func TestTimeLeft(t *testing.T) {
	s := small(t)
	tr := &trainer{pace: pace{seconds: 4, waiting: 1}}
	tr.Parts, _, _ = s.parts(t)
	tr.Batch = 8
	if early := tr.did(3, 12); early.Left >= 0 {
		t.Errorf("%v left before any step counts", early.Left)
	}
	tr.pace.steps = 5
	got := tr.did(3, 12, measure.Values{ImagesPerSecond.Name: 99})
	if got.Left != 32*time.Second || got.Smoothed.Of(ImagesPerSecond) != 2 || got.Smoothed.Of(DataWait) != 0.25 {
		t.Errorf("got %v left, %v, want 32s, 2 images a second, a quarter of waiting", got.Left, got.Smoothed)
	}
}

// A state that cannot be saved stops the run; an interruption says that it is not saved.
func TestSaveThatFails(t *testing.T) {
	for _, c := range []struct {
		name        string
		interruptAt int
		steps       int
		want        string
	}{
		{"checkpoint", -1, 5, "checkpoint"},
		{"interruption", 1, 2, "trainer: interrupted after step 2, but the state could not be saved: "},
	} {
		s := small(t)
		s.atStep = func(step int) {
			if step == 1 {
				// where the folder belongs
				if err := os.WriteFile(filepath.Join(s.dir, "checkpoints"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		block := s.atStep
		s.atStep = func(step int) {
			block(step)
			if step == c.interruptAt {
				cancel()
			}
		}
		e := s.run(ctx, t)
		testkit.RequireError(t, e.err, c.want)
		if errors.Is(e.err, ErrInterrupted) || e.Steps != c.steps {
			t.Errorf("%s: %d steps, and the error says that the state is saved: %v", c.name, e.Steps,
				errors.Is(e.err, ErrInterrupted))
		}
	}
}

// The time left and the share of waiting follow the durations of the steps, and leave out what is
// no step.
func TestPace(t *testing.T) {
	var p pace
	now := time.Unix(0, 0)
	p.start(now)
	for range 200 {
		now = now.Add(2 * time.Second)
		got := p.step(now, 500*time.Millisecond, 64)
		if got.Of(ImagesPerSecond) != 32 || got.Of(DataWait) != 0.25 {
			t.Fatalf("%+v, want 32 images a second and a quarter of waiting", got)
		}
	}
	now = now.Add(time.Hour)
	p.resume(now) // behind an evaluation
	now = now.Add(2 * time.Second)
	p.step(now, 500*time.Millisecond, 64)
	smoothed := p.smoothed(64)
	if p.seconds != 2 || smoothed.Of(ImagesPerSecond) != 32 || smoothed.Of(DataWait) != 0.25 {
		t.Errorf("%v s a step, %v, want 2, 32 images a second and a quarter of waiting", p.seconds, smoothed)
	}
	for range 200 { // twice as fast: the smoothed duration follows
		now = now.Add(time.Second)
		p.step(now, 0, 64)
	}
	if wait := p.smoothed(64).Of(DataWait); math.Abs(p.seconds-1) > 0.01 || wait > 0.01 {
		t.Errorf("%v s a step, waiting %v, want near 1 and 0", p.seconds, wait)
	}
	if got := p.step(now, time.Second, 64); math.IsInf(got.Of(ImagesPerSecond), 0) || got.Of(DataWait) > 1 {
		t.Errorf("a step of no duration: %+v", got)
	}
}
