package trainer

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/measure"

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

// Progress is shown, with the score and the last step.
func TestProgress(t *testing.T) {
	s := small(t)
	var out bytes.Buffer
	s.out, s.scoreEvery = &out, 2
	s.score = func(context.Context) (float64, error) { return 37.5, nil }
	s.finished(t)
	for _, want := range []string{
		"epoch 1/2  step 1/12  ", "epoch 2/2  step 12/12  0s left", "of 2.77", // ln 16
		"epoch 2: k-NN 37.5 % (untrained 10.0 %, raw pixels 20.0 %, best 37.5 %)\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// On a terminal the last line is drawn without an end; the run ends it, so that what the program
// prints next has a line of its own.
func TestProgressLineIsEnded(t *testing.T) {
	s := small(t)
	var out bytes.Buffer
	s.out, s.mode = &out, progress.Terminal
	s.finished(t)
	if text := out.String(); !strings.Contains(text, "\r") || !strings.HasSuffix(text, "\n") {
		t.Errorf("the output ends with %q", text[max(0, len(text)-40):])
	}
}

// The time left is that of the steps that are not done yet.
func TestTimeLeft(t *testing.T) {
	var out bytes.Buffer
	tr := &trainer{
		Config: Config{Model: &distill.Model{}, Progress: progress.New(&out, progress.JSON), Epochs: 1, Batch: 8},
		pace:   pace{seconds: 4, waiting: 1},
	}
	tr.show(runlog.Record{Step: 3, Values: measure.Values{}}, 10)
	for _, want := range []string{`"step":4`, `"steps":10`, `"left_s":24`, `"data_wait":0.25`, `"images_per_s":2`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, &out)
		}
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
	left, smoothed := p.left(10), p.smoothed(64)
	if left != 20*time.Second || smoothed.Of(ImagesPerSecond) != 32 || smoothed.Of(DataWait) != 0.25 {
		t.Errorf("%v left, %v, want 20s, 32 images a second and a quarter of waiting", left, smoothed)
	}
	for range 200 { // twice as fast: the smoothed duration follows
		now = now.Add(time.Second)
		p.step(now, 0, 64)
	}
	if left, wait := p.left(10), p.smoothed(64).Of(DataWait); math.Abs(left.Seconds()-10) > 0.1 || wait > 0.01 {
		t.Errorf("%v left, waiting %v, want near 10s and 0", left, wait)
	}
	if got := p.step(now, time.Second, 64); math.IsInf(got.Of(ImagesPerSecond), 0) || got.Of(DataWait) > 1 {
		t.Errorf("a step of no duration: %+v", got)
	}
}
