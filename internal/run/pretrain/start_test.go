package pretrain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

// tinyRun are the settings of a run whose steps take some milliseconds, on 24 images in three
// classes.
func tinyRun(t *testing.T, set ...string) Options {
	t.Helper()
	photos := filepath.Join(t.TempDir(), "photos")
	err := synth.Generate(context.Background(), photos, synth.Options{Images: 24, Classes: 3, Size: 20, Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set = append([]string{"data.dir=" + strconv.Quote(photos), "train.epochs=4", "checkpoint.every_steps=100"}, set...)
	return Options{
		Dir:    filepath.Join(t.TempDir(), "run"),
		Config: config.Sources{File: "../../cli/testdata/tiny.yaml", Set: set},
	}
}

// diary is an observer that writes down what a run does, and may end it at a step.
type diary struct {
	observe.Nothing
	heard     []string
	baselines []observe.Baselines
	stop      func()
	at        int // the step, counted from 1, after which stop is called
	done      observe.Done
}

func (d *diary) Note(n observe.Note) error {
	d.heard = append(d.heard, "note: "+n.String())
	return nil
}

func (d *diary) Warning(w observe.Warning) error {
	d.heard = append(d.heard, "warning: "+w.String())
	return nil
}

func (d *diary) Started(s observe.Start) error {
	d.heard = append(d.heard, fmt.Sprint("start, baselines ", s.Baselines != nil))
	return nil
}

func (d *diary) Measured(b observe.Baselines) error {
	d.heard, d.baselines = append(d.heard, "baselines"), append(d.baselines, b)
	return nil
}

func (d *diary) Step(s observe.Step) error {
	if d.heard = append(d.heard, "step"); s.Number+1 == d.at {
		d.stop()
	}
	return nil
}

func (d *diary) Done(e observe.Done) error { d.done = e; return nil }

// run runs, and stops after a step, counted from 1; 0 for none.
func (o Options) run(t *testing.T, stopAfter int) (*diary, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := &diary{stop: cancel, at: stopAfter}
	o.Observers = observe.All{{Name: "diary", Observer: d}}
	_, err := Run(ctx, o)
	return d, err
}

// The images are counted and the run is described before anything is computed; the baselines wait
// for the first steps. The untrained network is the same, to the bit, whenever it is measured: also
// by a run that was stopped before and goes on.
func TestBaselinesOfARunThatWasStopped(t *testing.T) {
	for _, init := range []bool{false, true} {
		t.Run(fmt.Sprint("from weights ", init), func(t *testing.T) {
			o := tinyRun(t)
			if init {
				first := tinyRun(t)
				if _, err := first.run(t, 0); err != nil {
					t.Fatal(err)
				}
				o.Config.Set = append(o.Config.Set, "init="+strconv.Quote(first.Dir))
			}
			whole, err := o.run(t, 0)
			if err != nil {
				t.Fatal(err)
			}
			begin := slices.DeleteFunc(slices.Clone(whole.heard), func(line string) bool {
				return strings.HasPrefix(line, "note: starting from") || strings.HasPrefix(line, "warning: ")
			})
			if !strings.HasPrefix(begin[0], "note: 24 images in ") ||
				!slices.Equal(begin[1:5], []string{"start, baselines false", "step", "baselines", "step"}) {
				t.Errorf("heard %v", whole.heard)
			}
			o.Dir = filepath.Join(t.TempDir(), "stopped")
			if d, err := o.run(t, 1); !errors.Is(err, trainer.ErrInterrupted) || len(d.baselines) > 0 {
				t.Fatalf("%v, baselines %v", err, d.baselines)
			}
			goneOn, err := o.run(t, 3)
			if !errors.Is(err, trainer.ErrInterrupted) || !slices.Equal(goneOn.baselines, whole.baselines) {
				t.Fatalf("%v, baselines %v, want %v", err, goneOn.baselines, whole.baselines)
			}
			if !strings.HasPrefix(goneOn.heard[1], "note: going on at step 1 of 8 (epoch 1), saved 0 s ago") {
				t.Errorf("heard %q", goneOn.heard[1])
			}
			again, err := o.run(t, 0)
			if err != nil || len(again.baselines) > 0 || !slices.Contains(again.heard, "start, baselines true") {
				t.Errorf("%v: measured again: %v", err, again.heard)
			}
			if *again.done.Scores.KNN != *whole.done.Scores.KNN || again.done.Scores.Baselines != whole.baselines[0] {
				t.Errorf("the scores are %+v, want %+v", again.done.Scores, whole.done.Scores)
			}
		})
	}
}

// Where the weights that a run started from are gone before they were measured, it says so and goes
// on.
func TestBaselinesWithoutTheInitialWeights(t *testing.T) {
	first := tinyRun(t)
	if _, err := first.run(t, 0); err != nil {
		t.Fatal(err)
	}
	o := tinyRun(t)
	o.Config.Set = append(o.Config.Set, "init="+strconv.Quote(first.Dir))
	if _, err := o.run(t, 1); !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	if err := os.RemoveAll(first.Dir); err != nil {
		t.Fatal(err)
	}
	d, err := o.run(t, 0)
	if err != nil || !slices.ContainsFunc(d.heard, func(line string) bool {
		return strings.HasPrefix(line, "warning: the network that the run started from is not measured: ")
	}) {
		t.Errorf("%v: heard %v", err, d.heard)
	}
	if s := d.done.Scores; s == nil || s.Untrained == s.Untrained || s.Pixels != d.baselines[0].Pixels {
		t.Errorf("the scores are %+v", s)
	}
}

// A run without labels says at its end in how many directions its features differ, before and
// after.
func TestRankWithoutLabels(t *testing.T) {
	o := tinyRun(t, "knn.every_epochs=0", "train.epochs=1")
	d, err := o.run(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := d.done.Rank
	if r == nil || r.Images != 24 || r.Width != 12 || r.Network != "untrained" || r.Before < 1 || r.Before > 12 ||
		r.After < 1 || r.After > 12 || r.Before == r.After || d.done.Scores != nil {
		t.Errorf("got %+v", d.done)
	}
	if d, err := o.run(t, 0); err != nil || !d.done.Already || d.done.Rank != nil {
		t.Errorf("a complete run: %+v, %v", d.done, err)
	}
}

// What a run that saved nothing left of a best epoch is not that of the run that starts over.
func TestBestOfAnEarlierAttemptIsRemoved(t *testing.T) {
	o := tinyRun(t, "knn.every_epochs=0", "train.epochs=1")
	best := filepath.Join(o.Dir, "best.safetensors")
	if err := errors.Join(os.Mkdir(o.Dir, 0o755), os.WriteFile(filepath.Join(o.Dir, "config.yaml"), nil, 0o600),
		os.WriteFile(best, []byte("of another run"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(best); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}

// A disk without room for the checkpoints refuses the run before it begins.
func TestDiskIsChecked(t *testing.T) {
	in := &inputs{dir: &rundir.Dir{Path: filepath.Join(t.TempDir(), "not", "there")}, room: room{state: 1 << 60}}
	in.config.Checkpoint.Keep = 2
	var wrong *usage.Error
	err := in.checkDisk(false)
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "3 checkpoints of "+digits.Bytes(1<<60)) ||
		!strings.Contains(err.Error(), "checkpoint.keep") {
		t.Errorf("got %v", err)
	}
	if err := in.checkDisk(true); err == nil || !strings.Contains(err.Error(), "keeps 1 checkpoints of") {
		t.Errorf("a run that goes on: %v", err)
	}
	in.room.state = 1
	if err := in.checkDisk(false); err != nil {
		t.Error(err)
	}
}

// A run that goes on says where, and how old that is; a clock that was put back says nothing.
func TestGoingOn(t *testing.T) {
	in := &inputs{data: &images{train: make([]int, 20)}}
	in.config.Train.Epochs, in.config.Train.BatchSize = 3, 4
	saved := time.Unix(1000, 0)
	from := &origin{step: 7, at: saved}
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{saved.Add(3*time.Minute + time.Second), "going on at step 7 of 15 (epoch 2), saved 3 min ago"},
		{saved.Add(40 * time.Second), "going on at step 7 of 15 (epoch 2), saved 40 s ago"},
		{saved.Add(5 * time.Hour), "going on at step 7 of 15 (epoch 2), saved 5 h ago"},
		{saved.Add(72 * time.Hour), "going on at step 7 of 15 (epoch 2), saved 3 days ago"},
		{saved.Add(-time.Minute), "going on at step 7 of 15 (epoch 2)"},
	} {
		if got := from.goingOn(in, c.now).String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A score costs what the images of the sample took, once that is known, and a share of the step
// before; raw pixels cost the decoding alone, and what is looked at without labels both.
func TestExpect(t *testing.T) {
	in := &inputs{data: &images{train: make([]int, 400), held: make([]int, 600)}}
	in.config.Train.BatchSize = 10
	crops := &in.config.Augment
	crops.GlobalCrops.Number, crops.GlobalCrops.Size = 2, 20
	crops.LocalCrops.Number, crops.LocalCrops.Size = 2, 10
	s := &scoring{inputs: in, bank: make([]int, 3000)}
	near := func(got time.Duration, want float64) bool { return math.Abs(got.Seconds()-want) < 1e-3 }
	const image = 1 / 9.5 // of the step's second for it
	if e := in.expect(s, 10*time.Second); !near(e.Score, 3600*image) || !near(e.Baselines, 3500*image) || e.End != 0 {
		t.Errorf("got %+v", e)
	}
	for _, took := range []int{1, 1, 1, 1, 9, 9, 9, 9} { // half of them beside steps
		in.data.decoding.add(500, time.Duration(took*runtime.GOMAXPROCS(0))*time.Second)
	}
	if e := in.expect(s, 10*time.Second); !near(e.Score, 3600*(1+image)) || !near(e.Baselines, 3500*(2+image)) {
		t.Errorf("with a second of decoding: %+v", e)
	}
	if e := in.expect(nil, 10*time.Second); !near(e.End, 512*(1+image)) || e.Score != 0 {
		t.Errorf("without labels: %+v", e)
	}
	s.perImage = 0.5
	if e := in.expect(s, time.Second); !near(e.Score, 1800) {
		t.Errorf("as measured: %+v", e)
	}
}
