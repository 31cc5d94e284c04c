package pretrain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
)

// tinyOf are options of a run of milliseconds on drawings.
func tinyOf(t *testing.T, images int, set ...string) (Options, string) {
	t.Helper()
	root := t.TempDir()
	for i := range images {
		var file bytes.Buffer
		if err := png.Encode(&file, synth.Draw(5, i%10, i, 24)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%02d.png", i)), file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Options{Config: config.Sources{
		File: "../../cli/testdata/tiny.yaml", Set: set,
		Flags: []config.Flag{{Name: "--data", Option: "data.dir", Value: strconv.Quote(root)}},
	}}, root
}

func TestTry(t *testing.T) {
	o, root := tinyOf(t, 24)
	trial, err := Try(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if trial.Images != 24 || trial.Steps != 9 || trial.Facts.ShortSide != 24 || trial.Step <= 0 || trial.First <= 0 ||
		trial.LoadSpeed <= 0 || trial.Remedies != "" || len(trial.Needs) == 0 {
		t.Errorf("got %+v", trial)
	}
	if trial.Together <= 0 {
		t.Error("steps were not measured with the loading of their batches")
	}
	least := trial.First + time.Duration(trial.Steps-1)*trial.Together
	if trial.Whole < least-time.Millisecond {
		t.Errorf("the whole run takes %s, %d steps of %s", trial.Whole, trial.Steps, trial.Together)
	}
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 24 {
		t.Errorf("the trial left something: %d entries, %v", len(entries), err)
	}
}

func TestTryRefuses(t *testing.T) {
	o, _ := tinyOf(t, 7)
	var wrong *usage.Error
	if _, err := Try(context.Background(), o); !errors.As(err, &wrong) {
		t.Errorf("7 images for a batch of 8: got %v", err)
	}
	o, _ = tinyOf(t, 24, "train.schedule.lr.base=1e30", "train.schedule.lr.warmup=0", "train.optimizer.clip=none")
	if _, err := Try(context.Background(), o); !errors.Is(err, trainer.ErrNotFinite) {
		t.Errorf("a learning rate of 1e30: got %v, want %v", err, trainer.ErrNotFinite)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o, _ = tinyOf(t, 24)
	if _, err := Try(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// Which of the two holds the other up follows from what was measured.
func TestTrialSpeeds(t *testing.T) {
	trial := Trial{LoadSpeed: 100, Step: 200 * time.Millisecond, Together: 400 * time.Millisecond}
	trial.Config.Train.BatchSize = 20 // 100 images a second, as many as are loaded
	if s, l := trial.Speed(), trial.LoadShare(); math.Abs(s-50) > 1e-9 || math.Abs(l-0.5) > 1e-9 {
		t.Errorf("speed %v, share %v: want 50 and a half", s, l)
	}
	if trial.DataBound() {
		t.Error("a run without waiting is called bound by its data")
	}
	if trial.Wait = 0.31; !trial.DataBound() {
		t.Error("a run that waits is not called bound by its data")
	}
}
