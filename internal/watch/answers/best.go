package answers

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/runfiles"
)

// Best is the checkpoint to use.
type Best struct {
	Path  string   `json:"path"`  // empty where there is none
	Step  *int64   `json:"step"`  // of its weights, from 0; null where it is not known
	Epoch *int64   `json:"epoch"` // from 0
	KNN   *float64 `json:"knn"`   // in percent
}

// files are the weights in a run folder.
type files struct {
	best, teacher bool
	saved         []checkpoint.Saved // the oldest first
}

// lookFor looks which weights there are. Links do not count.
func lookFor(run string) (found files) {
	isThere := func(name string) bool {
		info, err := os.Lstat(filepath.Join(run, name))
		return err == nil && info.Mode().IsRegular()
	}
	found.best, found.teacher = isThere(runfiles.Best), isThere(runfiles.Teacher)
	found.saved, _ = checkpoint.ListSaved(filepath.Join(run, runfiles.Checkpoints))
	return found
}

// best names the checkpoint to use, and why. Where nothing tells which is better, that is the
// newest, and for a run that failed the newest before that.
func (f facts) best(where string, learning Learning, since *int64) (b Best, says string) {
	in := func(name string) string { return filepath.ToSlash(filepath.Join(where, name)) }
	if score := f.scores.Best; score != nil && f.files.best {
		b = Best{in(runfiles.Best), &score.Step, &score.Epoch, &score.KNN}
		says = fmt.Sprintf("%s: k-NN accuracy %s, after epoch %d", b.Path, percent(score.KNN), score.Epoch+1)
		if untrained := f.scores.Untrained; untrained != nil && score.KNN < *untrained+risen {
			says += fmt.Sprintf("; it is hardly better than the network before its first step (%s)",
				percent(*untrained))
		}
		return b, says + "."
	}
	if learning == No && since != nil {
		return f.before(in, *since)
	}
	why := "no score tells which is better"
	switch newest := len(f.files.saved) - 1; {
	case f.files.teacher:
		return Best{Path: in(runfiles.Teacher)}, in(runfiles.Teacher) + ": the network at the end; " + why + "."
	case newest >= 0:
		b = f.checkpoint(in, f.files.saved[newest])
		return b, fmt.Sprintf("%s: the newest, after %d steps; %s.", b.Path, f.files.saved[newest].Step, why)
	}
	return Best{}, "There is none yet."
}

// before is the newest checkpoint of which no step is as late as one.
func (f facts) before(in func(string) string, step int64) (Best, string) {
	for i := len(f.files.saved) - 1; i >= 0; i-- {
		if s := f.files.saved[i]; int64(s.Step) <= step {
			b := f.checkpoint(in, s)
			return b, fmt.Sprintf("%s: the newest from before it stopped learning, after %d steps.", b.Path, s.Step)
		}
	}
	return Best{}, "None: no checkpoint from before it stopped learning is left."
}

func (f facts) checkpoint(in func(string) string, s checkpoint.Saved) Best {
	step := int64(s.Step) - 1
	return Best{Path: in(filepath.Join(runfiles.Checkpoints, s.File)), Step: &step}
}
