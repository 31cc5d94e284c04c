// Package runs shows run folders to whoever watches them: which there are, how each is getting on,
// whether a process still works on it, and what people noted about it. It changes nothing in a
// folder but the file of notes, takes no lock, and believes nothing: a folder may be half-written,
// damaged, gone, or made by somebody else. No symbolic link is followed within a run.
//
// Tests: known answer (states over time, summaries), bad input.
package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/internal/watch/metrics"
)

// Run is a run folder. Its methods may be called by several goroutines.
type Run struct {
	ID   string // for addresses, a function of the path
	Name string // for people
	Path string
	Log  *metrics.Log

	scores *metrics.ScoreReader

	mu      sync.Mutex
	beat    heartbeat
	summary Summary
	stamps  map[string]stamp // of the files that the summary was read from
	facts   facts
}

// Summary is how a run is getting on.
type Summary struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	State      State    `json:"state"`
	Step       int64    `json:"step"`         // of the last line, from 0; -1 before the first
	Epoch      int64    `json:"epoch"`        // of that line, from 0
	Epochs     int      `json:"epochs"`       // 0 where the configuration does not say
	Loss       *float64 `json:"loss"`         // of the last line
	KNN        *float64 `json:"knn"`          // the last that is among the last lines, in percent
	BestKNN    *float64 `json:"best_knn"`     // of the newest checkpoint, in percent
	Speed      *float64 `json:"images_per_s"` // mean of the last lines
	DataWait   *float64 `json:"data_wait"`    // mean of the last lines, 0 to 1
	Gain       *float64 `json:"target_gain"`  // mean of the last lines, in nats
	MaxEntropy *float64 `json:"max_entropy"`  // ln K: that of a uniform teacher
	Saved      int      `json:"saved"`        // steps of the newest checkpoint
	Silent     int64    `json:"silent_s"`     // since something was written, in whole seconds
	Changed    int64    `json:"changed_ms"`   // when, by the clock of the disk, since 1970
	Version    int      `json:"version"`      // another whenever the metrics have changed
	Verdict    string   `json:"verdict"`      // the kind of the gravest finding that is not over; empty without
	Severity   string   `json:"severity"`     // of that
	Found      int      `json:"found"`        // lines of the verdict: another whenever there is a new one
	Pictures   int64    `json:"pictures_ms"`  // when one was drawn last, since 1970; 0 where there is none
	Note       bool     `json:"note"`
	Tags       []string `json:"tags"`
}

// Equal compares what is shown, except how long the run has been silent.
func (s Summary) Equal(o Summary) bool {
	number := func(a, b *float64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return number(s.Loss, o.Loss) && number(s.KNN, o.KNN) && number(s.BestKNN, o.BestKNN) &&
		number(s.Speed, o.Speed) && number(s.DataWait, o.DataWait) && number(s.MaxEntropy, o.MaxEntropy) &&
		number(s.Gain, o.Gain) && s.Found == o.Found &&
		s.State == o.State && s.Step == o.Step && s.Epoch == o.Epoch && s.Epochs == o.Epochs && s.Saved == o.Saved &&
		s.Changed == o.Changed && s.Verdict == o.Verdict && s.Severity == o.Severity && s.Version == o.Version &&
		s.Pictures == o.Pictures && s.Note == o.Note && slices.Equal(s.Tags, o.Tags)
}

// Open returns a run folder under a name. Nothing is read yet.
func Open(path, name string) *Run {
	sum := sha256.Sum256([]byte(path))
	id := hex.EncodeToString(sum[:8])
	return &Run{
		ID: id, Name: name, Path: path, Log: metrics.Open(filepath.Join(path, runfiles.Metrics)),
		scores:  metrics.OpenScores(filepath.Join(path, runfiles.Metrics)),
		summary: Summary{ID: id, Name: name, State: Gone, Step: -1, Tags: []string{}}, stamps: map[string]stamp{},
	}
}

// Scores are the k-NN accuracies of the run so far.
func (r *Run) Scores(ctx context.Context) (metrics.Scores, error) { return r.scores.Read(ctx) }

func (r *Run) file(name string) string { return filepath.Join(r.Path, name) }

// Summary is what the last Refresh found.
func (r *Run) Summary() Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.summary
}

// Looked is the summary, and whether there was a Refresh at all.
func (r *Run) Looked() (s Summary, looked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.summary, !r.beat.looked.IsZero()
}

// stamp tells whether a file is as it was.
type stamp struct {
	exists bool
	size   int64
	time   time.Time
}

func stampOf(path string) stamp {
	info, err := os.Lstat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{true, info.Size(), info.ModTime()}
}

// differs reports whether a file is another than at the last call.
func (r *Run) differs(name string) (now stamp, differs bool) {
	now = stampOf(r.file(name))
	differs = now != r.stamps[name]
	r.stamps[name] = now
	return now, differs
}

// Refresh looks at the folder again and reports whether the summary is another. Only what has
// changed is read. The time needs its monotonic part, by which silence is measured.
func (r *Run) Refresh(now time.Time, locks Locks) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.summary
	config, other := r.differs(runfiles.Config)
	if other {
		r.facts = readFacts(r.file(runfiles.Config))
		s.Epochs, s.MaxEntropy = r.facts.epochs, r.facts.maxEntropy()
	}
	written, other := r.differs(runfiles.Metrics)
	if other {
		s = r.withLast(s)
	}
	if _, other := r.differs(runfiles.Checkpoints); other {
		s.Saved, s.BestKNN = r.saved()
	}
	if _, other := r.differs(runfiles.Notes); other {
		notes, _ := r.Notes() // one that cannot be read is shown with its error where it is edited
		s.Note, s.Tags = notes.Note != "", notes.Tags
	}
	if _, other := r.differs(runfiles.Verdict); other {
		found, _ := r.Findings() // as many as can be read
		kind, severity := gravest(found)
		s.Verdict, s.Severity, s.Found = string(kind), string(severity), len(found)
	}
	s.Pictures = r.drawn()
	teacher, _ := r.differs(runfiles.Teacher)
	newest := latest(config, written, teacher, r.stamps[runfiles.Checkpoints], r.stamps[runfiles.Verdict],
		stampOf(r.file(runfiles.Lock)))
	r.beat.observe(now, newest, locks.Held(r.file(runfiles.Lock)))
	s.Changed, s.Silent = newest.UnixMilli(), int64(r.beat.silence(now).Seconds())
	s.State = r.beat.state(now, situation{
		there: config.exists || written.exists, begun: s.Step >= 0,
		complete: teacher.exists && !written.time.After(teacher.time),
		whole:    teacher.exists && s.Epoch+1 >= int64(s.Epochs),
		saved:    int64(s.Saved) == s.Step+1, patience: r.facts.patience(s.Speed),
	})
	changed = !s.Equal(r.summary)
	r.summary = s
	return changed
}

// latest is when the newest of some files was changed.
func latest(files ...stamp) time.Time {
	newest := time.UnixMilli(0)
	for _, f := range files {
		if f.time.After(newest) {
			newest = f.time
		}
	}
	return newest
}

// withLast takes what the last lines of the metrics say.
func (r *Run) withLast(s Summary) Summary {
	last, err := metrics.ReadLast(r.file(runfiles.Metrics))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && last.Step < 0 {
		last.Step = s.Step // it could not be read at this moment
	}
	s.Version++
	s.Step, s.Epoch = last.Step, last.Epoch
	value := func(of map[string]float64, name string) *float64 {
		if v, ok := of[name]; ok {
			return &v
		}
		return nil
	}
	s.Loss, s.KNN = value(last.Values, "loss"), value(last.Values, "knn")
	s.Speed, s.DataWait = value(last.Means, "images_per_s"), value(last.Means, "data_wait")
	s.Gain = value(last.Means, "target_gain")
	return s
}

// saved are the steps of the newest checkpoint, and the best k-NN accuracy by then.
func (r *Run) saved() (steps int, knn *float64) {
	state, err := checkpoint.Newest(r.file(runfiles.Checkpoints))
	if err != nil {
		return 0, nil
	}
	if best, ok := state.Best["knn"]; ok {
		knn = &best
	}
	return state.Step, knn
}
