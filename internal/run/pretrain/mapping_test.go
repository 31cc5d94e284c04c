package pretrain

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/run/trainer"
)

// kept is the index of a run's map, whose features all are there.
func kept(t *testing.T, run string) *snapshots.Index {
	t.Helper()
	x, err := snapshots.Read(run)
	if err != nil || x == nil {
		t.Fatal("no map: ", err)
	}
	for _, s := range x.Snapshots {
		rows, err := snapshots.Features(run, s.Step, len(x.Images))
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows.Rows {
			if !slices.ContainsFunc(rows.Row(i), func(v float32) bool { return v != 0 }) {
				t.Errorf("step %d: %s has no features", s.Step, x.Images[i].Path)
			}
		}
	}
	return x
}

func stepsKept(x *snapshots.Index) (steps []int) {
	for _, s := range x.Snapshots {
		steps = append(steps, s.Step)
	}
	return steps
}

// The features of the baselines and of every score are kept, with the score; a run that was stopped
// and goes on has the same, and forgets what lies behind the step from which it does.
func TestMapOfARunThatWasStopped(t *testing.T) {
	o := tinyRun(t)
	whole, err := o.run(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := kept(t, o.Dir)
	if !slices.Equal(stepsKept(x), []int{0, 2, 4, 6, 8}) || len(x.Images) != 24 || x.Images[0].Label == "" ||
		!strings.HasPrefix(x.Images[0].Path, x.Images[0].Label+"/") {
		t.Errorf("%+v", x)
	}
	last := x.Snapshots[4]
	if last.Epoch != 4 || *last.KNN != *whole.done.Scores.KNN || *x.Snapshots[0].KNN != whole.baselines[0].Untrained {
		t.Errorf("%+v, the scores are %+v", x.Snapshots, whole.done.Scores)
	}
	if x.Sheet == nil || slices.ContainsFunc(x.Sheet.Sizes, func(n int) bool { return n != 20 }) {
		t.Errorf("the pictures: %+v", x.Sheet)
	}
	if _, err := snapshots.ReadSheet(o.Dir); err != nil {
		t.Error(err)
	}
	wanted := o.Dir
	o.Dir = filepath.Join(t.TempDir(), "stopped")
	if _, err := o.run(t, 5); !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	behind := snapshots.File(o.Dir, 7)
	if err := os.WriteFile(behind, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(behind); err == nil {
		t.Error("features of a step that was not done stay")
	}
	got := kept(t, o.Dir)
	if !slices.Equal(stepsKept(got), stepsKept(x)) {
		t.Errorf("steps %v, want %v", stepsKept(got), stepsKept(x))
	}
	for _, step := range stepsKept(x) {
		a, errA := os.ReadFile(snapshots.File(wanted, step))
		b, errB := os.ReadFile(snapshots.File(o.Dir, step))
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Errorf("step %d: the features are others: %v, %v", step, errA, errB)
		}
	}
}

// A run without labels keeps those of some images at times, and of its beginning and its end.
func TestMapWithoutLabels(t *testing.T) {
	o := tinyRun(t, "knn.every_epochs=0", "train.epochs=40")
	if _, err := o.run(t, 0); err != nil {
		t.Fatal(err)
	}
	x := kept(t, o.Dir)
	steps := stepsKept(x)
	end := steps[len(steps)-1]
	if steps[0] != 0 || end != 120 || len(steps) < 3 || x.Snapshots[1].KNN != nil || len(x.Images) != 24 ||
		x.Sheet == nil {
		t.Errorf("steps %v, %d images", steps, len(x.Images))
	}
}

// What keeps the map from being written is a warning.
func TestMapThatCannotBeWritten(t *testing.T) {
	o := tinyRun(t)
	inTheWay := filepath.Join(snapshots.File(o.Dir, 1), "file")
	err := errors.Join(os.MkdirAll(filepath.Dir(inTheWay), 0o755), os.WriteFile(inTheWay, nil, 0o600),
		os.WriteFile(filepath.Join(o.Dir, "config.yaml"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	d, err := o.run(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	warned := slices.DeleteFunc(d.heard, func(line string) bool { return !strings.Contains(line, "without the map") })
	if len(warned) != 1 || !strings.HasPrefix(warned[0],
		"warning: the run goes on without the map of its images: map: ") {
		t.Errorf("heard %q", warned)
	}
}
