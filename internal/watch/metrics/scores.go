package metrics

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"sync"

	"github.com/dino-go/dino/internal/regularfile"
)

// Names of the numbers that scores are made of.
const (
	fieldKNN       = "knn"
	fieldUntrained = "knn_untrained"
	fieldPixels    = "knn_pixels"
)

// Score is the k-NN accuracy of the teacher after a step, in percent.
type Score struct {
	Step  int64   `json:"step"`  // from 0
	Epoch int64   `json:"epoch"` // of that step, from 0
	KNN   float64 `json:"knn"`
}

// Scores are the accuracies of a run so far.
type Scores struct {
	Number            int
	Best, Last        *Score // Best is the first of several
	Untrained, Pixels *float64
}

// ScoreReader reads the scores out of a metrics file, which it follows: lines without a score are
// passed over unread, so that a long file takes a fraction of what its curves take. Its methods may
// be called by several goroutines.
type ScoreReader struct {
	path string

	mu     sync.Mutex
	info   fs.FileInfo
	offset int64
	before []byte // the bytes before the offset, by which a file that was written anew is told
	step   int64
	names  columns
	scores Scores
}

// OpenScores returns the reader of a metrics file, which need not be there.
func OpenScores(path string) *ScoreReader { return &ScoreReader{path: path, step: -1} }

// Read returns the scores, with those that came since the last call.
func (s *ScoreReader) Read(ctx context.Context) (Scores, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	file, err := regularfile.OpenOwn(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		s.begin()
		return s.scores, nil
	}
	if err != nil {
		return s.scores, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return s.scores, err
	}
	if s.info != nil && (!os.SameFile(s.info, info) || info.Size() < s.offset ||
		!bytes.Equal(tail(file, s.offset), s.before)) {
		s.begin()
	}
	var r row
	err = eachLine(ctx, file, s.offset, info.Size(), func(line []byte, end int64) {
		s.offset = end
		if bytes.Contains(line, []byte(`"`+fieldKNN+`"`)) {
			s.take(&r, line)
		}
	})
	s.info, s.before = info, tail(file, s.offset)
	return s.scores, err
}

func (s *ScoreReader) begin() {
	s.info, s.offset, s.before, s.step, s.names, s.scores = nil, 0, nil, -1, columns{}, Scores{}
}

// take counts a line. One that goes back does not count: the run that goes on will cut it off.
func (s *ScoreReader) take(r *row, line []byte) {
	if r.read(line, &s.names) != nil || r.step <= s.step {
		return
	}
	value := func(name string) *float64 {
		i, known := s.names.place[name]
		if !known || i >= len(r.values) || math.IsNaN(r.values[i]) {
			return nil
		}
		v := r.values[i]
		return &v
	}
	knn := value(fieldKNN)
	if knn == nil {
		return
	}
	s.step = r.step
	s.scores.Number++
	score := &Score{Step: r.step, Epoch: r.epoch, KNN: *knn}
	if s.scores.Last = score; s.scores.Best == nil || score.KNN > s.scores.Best.KNN {
		s.scores.Best = score
	}
	s.scores.Untrained, s.scores.Pixels = value(fieldUntrained), value(fieldPixels)
}
