package pretrain

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
)

// A run that names a time gets more epochs for more of it, ends about when it should, and keeps
// them when it goes on: the speed is not measured again.
func TestRunsFitIntoATime(t *testing.T) {
	epochs := func(o Options) int {
		t.Helper()
		c, err := config.Read(filepath.Join(o.Dir, "config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Train.Epochs
	}
	short, long := tinyRun(t, "train.time=2s"), tinyRun(t, "train.time=3m", "data.normalization=auto")
	begun := time.Now()
	if _, err := short.run(t, 0); err != nil {
		t.Fatal(err)
	}
	// with all that is not sized, on a machine that may be busy with other things by then
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("a run for 2 s took %v", took)
	}
	d, err := long.run(t, 2)
	if !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	measured := func(line string) bool { return strings.HasPrefix(line, "note: measuring the speed") }
	if !slices.ContainsFunc(d.heard, measured) {
		t.Errorf("nothing is said of the measurement: %v", d.heard)
	}
	if !slices.ContainsFunc(d.heard, func(line string) bool {
		return strings.Contains(line, " epochs fit into 3m: the network sees ")
	}) {
		t.Errorf("nothing is said of what fits: %v", d.heard)
	}
	a, b := epochs(short), epochs(long)
	if a < 1 || b < 5*a {
		t.Errorf("%d epochs in 2 s, %d in 3 min", a, b)
	}
	d, err = long.run(t, 4)
	if !errors.Is(err, trainer.ErrInterrupted) || slices.ContainsFunc(d.heard, measured) || epochs(long) != b {
		t.Errorf("the run goes on with %d epochs, want %d (%v): %v", epochs(long), b, err, d.heard)
	}
	long.Config.Set = append(long.Config.Set, "train.time=4m")
	if _, err := long.run(t, 0); !errors.Is(err, usage.ErrUse) {
		t.Errorf("it goes on with another time: %v", err)
	}
}

// A time in which not one epoch fits is warned of; one is trained.
func TestTimeOfLessThanAnEpoch(t *testing.T) {
	o := tinyRun(t, "train.time=1ms")
	d, err := o.run(t, 0)
	if err != nil || !slices.ContainsFunc(d.heard, func(line string) bool {
		return strings.HasPrefix(line, "warning: one epoch of 21 images takes about ")
	}) {
		t.Errorf("%v, heard %v", err, d.heard)
	}
}
