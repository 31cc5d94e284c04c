//go:build unix

package pretrain

import (
	"context"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/observe"
)

// stopwatch is an observer that compares what a run says about its time with what it takes.
type stopwatch struct {
	observe.Nothing
	clock          func() time.Time
	started, ended time.Time
	estimates      []observe.Estimate
	told           []time.Time
}

func (w *stopwatch) Started(observe.Start) error { w.started = w.clock(); return nil }
func (w *stopwatch) Done(observe.Done) error     { w.ended = w.clock(); return nil }

func (w *stopwatch) Estimated(e observe.Estimate) error {
	w.estimates, w.told = append(w.estimates, e), append(w.told, w.clock())
	return nil
}

// processorClock shows what this process has had of the processors, so that it stands still while
// others have them.
func processorClock() time.Time {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Unix(0, used.Utime.Nano()+used.Stime.Nano())
}

// What a dry run says before, and what the run says after its first steps, is within 30 % of what
// the whole run takes, with its scores, baselines, checkpoints and end.
func TestForecastsAreTrue(t *testing.T) {
	photos := filepath.Join(t.TempDir(), "photos")
	drawings := synth.Options{Images: 640, Classes: 4, Size: 40, Seed: 1}
	if err := synth.Generate(context.Background(), photos, drawings, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		set  []string
	}{
		{"with labels", []string{"knn.every_epochs=1"}},
		{"without", []string{"knn.every_epochs=0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{
				Config: config.Sources{File: "../../cli/testdata/tiny.yaml", Set: append(c.set,
					"data.dir="+strconv.Quote(photos), "train.epochs=3", "train.batch_size=32",
					"model.vit.embed_dim=64",
					"model.vit.image_size=[32, 32]", "augment.global_crops.size=32", "augment.local_crops.size=16",
					"checkpoint.every_steps=20", "model.vit.depth=3", "model.vit.init_std=0.1")},
				clock: processorClock,
			}
			dry, run := &stopwatch{clock: processorClock}, &stopwatch{clock: processorClock}
			o.Observers = observe.All{{Name: "dry run", Observer: dry}}
			if _, err := Check(t.Context(), o, true); err != nil {
				t.Fatal(err)
			}
			o.Dir, o.Observers = filepath.Join(t.TempDir(), "run"), observe.All{{Name: "run", Observer: run}}
			if _, err := Run(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			near(t, "the dry run", dry.estimates[0].Left, run.ended.Sub(run.started))
			near(t, "the run after its first steps", run.estimates[0].Left, run.ended.Sub(run.told[0]))
		})
	}
}

func near(t *testing.T, who string, forecast, truth time.Duration) {
	t.Helper()
	ratio := forecast.Seconds() / truth.Seconds()
	t.Logf("%s says %.2f s, and %.2f s it is (of the processor): %.2f", who, forecast.Seconds(), truth.Seconds(), ratio)
	if ratio < 1/1.3 || ratio > 1.3 {
		t.Errorf("%s says %.2f s, and %.2f s it is (of the processor): want a ratio within 30 %%, got %.2f", who,
			forecast.Seconds(), truth.Seconds(), ratio)
	}
}
