package pretrain

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// content is that of a file; nil where it is not there.
func content(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return text
}

// The trained backbone is that of the epoch with the highest score, and the last one stays beside
// it; where the last score is the highest, or there is none, or the better backbone is gone, it is
// the last one, alone.
func TestTrainedBackboneIsTheBest(t *testing.T) {
	o := tinyRun(t)
	if _, err := o.run(t, 0); err != nil {
		t.Fatal(err)
	}
	dir, err := rundir.Open(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	in, from, err := prepare(t.Context(), o, dir)
	defer in.close()
	defer from.close()
	if err != nil {
		t.Fatal(err)
	}
	st, err := in.begin(t.Context(), from, observe.Nothing{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.store.Finalize()
	if err := in.writeBackbone(filepath.Join(o.Dir, "last"), st.store); err != nil {
		t.Fatal(err)
	}
	last, best, forty, fifty := content(t, filepath.Join(o.Dir, "last")), []byte("of another epoch"), 40.0, 50.0
	for _, test := range []struct {
		name   string
		result trainer.Result
		gone   bool // the backbone of the best epoch
		better bool
	}{
		{"fell", trainer.Result{KNN: &forty, Best: map[string]float64{trainer.BestKNN: 50}}, false, true},
		{"fell, gone", trainer.Result{KNN: &forty, Best: map[string]float64{trainer.BestKNN: 50}}, true, false},
		{"the highest", trainer.Result{KNN: &fifty, Best: map[string]float64{trainer.BestKNN: 50}}, false, false},
		{"by the log", trainer.Result{Best: map[string]float64{trainer.BestKNN: 101}}, false, true},
		{"by the log, the highest", trainer.Result{Best: map[string]float64{trainer.BestKNN: 0}}, false, false},
		{"no score", trainer.Result{Best: map[string]float64{}}, false, false},
	} {
		if err := os.WriteFile(dir.Best(), best, 0o600); err != nil {
			t.Fatal(err)
		}
		if test.gone {
			os.Remove(dir.Best())
		}
		if err := in.writeTrained(st.store, test.result); err != nil {
			t.Fatal(err)
		}
		trained, beside := last, []byte(nil)
		if test.better {
			trained, beside = best, last
		}
		if !bytes.Equal(content(t, dir.Teacher()), trained) || !bytes.Equal(content(t, dir.TeacherLast()), beside) {
			t.Errorf("%s: the trained backbone or the last one is another", test.name)
		}
		told := &diary{}
		done, err := in.finished(told, observe.Done{}, test.result.KNN, test.result.Best)
		if err != nil || done.Teacher != dir.Teacher() || (done.LastTeacher == dir.TeacherLast()) != test.better {
			t.Errorf("%s: told %+v (%v)", test.name, done, err)
		}
	}
}

// A run that goes on from another with its moments has the updates of both, whenever it is stopped:
// the same bits as one that is not.
func TestContinuedMomentsAfterAStop(t *testing.T) {
	first := tinyRun(t)
	if _, err := first.run(t, 0); err != nil {
		t.Fatal(err)
	}
	o := tinyRun(t, "init="+strconv.Quote(first.Dir), "train.epochs=3")
	whole, err := o.run(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	newest, err := checkpoint.Newest(filepath.Join(o.Dir, "checkpoints"))
	if want := (checkpoint.Updates{All: 8 + 6, LastLayer: 8 + 6}); err != nil || newest.Done() != want {
		t.Errorf("the moments have had %+v updates, want %+v (%v)", newest.Updates, want, err)
	}
	files := []string{"teacher.safetensors", "best.safetensors", "checkpoints/step-00000006.safetensors"}
	var want [][]byte
	for _, name := range files {
		want = append(want, content(t, filepath.Join(o.Dir, name)))
	}
	o.Dir = filepath.Join(t.TempDir(), "stopped")
	for _, after := range []int{2, 5} {
		if _, err := o.run(t, after); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatal(err)
		}
	}
	again, err := o.run(t, 0)
	if err != nil || *again.done.Scores.KNN != *whole.done.Scores.KNN {
		t.Errorf("%+v, want %+v (%v)", again.done.Scores, whole.done.Scores, err)
	}
	for i, name := range files {
		if !bytes.Equal(content(t, filepath.Join(o.Dir, name)), want[i]) {
			t.Errorf("%s is another", name)
		}
	}
}

// The initial score of a run that goes on is the last one of the run that its weights are of.
func TestContinuedRunBeginsWhereItEnded(t *testing.T) {
	first := tinyRun(t)
	ended, err := first.run(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	o := tinyRun(t, "init="+strconv.Quote(first.Dir), "train.epochs=1")
	d, err := o.run(t, 0)
	if err != nil || len(d.baselines) != 1 || d.baselines[0].Untrained != *ended.done.Scores.KNN {
		t.Errorf("begins at %+v, the other ended at %v (%v)", d.baselines, *ended.done.Scores.KNN, err)
	}
}
