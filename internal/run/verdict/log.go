package verdict

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
)

// Log appends findings to a run's verdict.jsonl, a line each.
type Log struct{ file *atomicfile.Appender }

// OpenLog opens the log at path for the findings of a step and later ones: what it holds of them is
// cut off, and so is what is no finding, with all behind it.
func OpenLog(path string, step int) (*Log, error) {
	file, err := atomicfile.OpenAppender(path)
	if err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	var end int64
	err = EachFinding(file.Content(), func(f Finding, length int) bool {
		stays := f.Kind != "" && f.Step < step
		if stays {
			end += int64(length)
		}
		return stays
	})
	if err == nil {
		err = file.Truncate(end)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("verdict: %s: %w", path, err)
	}
	return &Log{file}, nil
}

// Write appends a finding.
func (l *Log) Write(f Finding) error {
	line, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	if err := l.file.Append(append(line, '\n')); err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	return nil
}

// Sync makes what was written durable.
func (l *Log) Sync() error { return l.file.Sync() }

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }

// EachFinding shows the lines of a verdict.jsonl with their lengths in bytes, until visit returns
// false. A line that is no finding has no kind; one that is torn is left out.
func EachFinding(from io.Reader, visit func(f Finding, length int) bool) error {
	return bounded.EachLine(from, func(line []byte) bool {
		var f Finding
		if json.Unmarshal(line, &f) != nil {
			f = Finding{}
		}
		return visit(f, len(line))
	})
}
