package runlog

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// Metrics is an [observe.Observer] that appends to a run's metrics.jsonl, a line a step.
type Metrics struct {
	observe.Nothing
	file    *atomicfile.Appender
	table   measure.Table
	missing []Steps
}

// OpenMetrics opens the metrics file at path to write the lines of step and later, with the
// measurements of a table. Lines that an interrupted run wrote for them are cut off, and so is a
// torn last line. A damaged line before one that stays is an error, and so is a symbolic link or
// anything else that is no regular file. Which steps before step have no line, [Metrics.Missing]
// tells.
func OpenMetrics(path string, table measure.Table, step int) (*Metrics, error) {
	if err := table.Validate(); err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	file, err := atomicfile.OpenAppender(path)
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	there, err := cutFrom(file, table, step)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("runlog: %s: %w", path, err)
	}
	return &Metrics{file: file, table: table, missing: missingOf(there, step)}, nil
}

// Missing returns the steps before the one that the file was opened for that
// have no line in it: it was shortened or removed since. A run that is never
// touched has none, for the lines are durable before a checkpoint counts them.
func (m *Metrics) Missing() []Steps { return m.missing }

// cutFrom truncates a metrics file after its last line of a step before step,
// and returns the steps of the lines that stay.
func cutFrom(file *atomicfile.Appender, table measure.Table, step int) (there []int, err error) {
	var end int64
	var damage error // of the first line that cannot stay
	err = eachLine(file.Content(), table, func(line metricsLine) error {
		err := line.err
		switch {
		case err != nil:
		case line.record.Step >= step:
			err = fmt.Errorf("is of step %d, and the run goes on from step %d", line.record.Step, step)
		case len(there) > 0 && line.record.Step <= there[len(there)-1]:
			err = fmt.Errorf("is of step %d, behind the line of step %d", line.record.Step, there[len(there)-1])
		}
		switch {
		case err == nil && damage != nil:
			return fmt.Errorf("%w; it stands before the line of step %d; move the file away to go on without it",
				damage, line.record.Step)
		case err == nil:
			end = line.end
			there = append(there, line.record.Step)
		case damage == nil:
			damage = fmt.Errorf("line %d %w", line.number, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return there, file.Truncate(end)
}

// Step appends the line of a step: see [Metrics.Write].
func (m *Metrics) Step(s observe.Step) error { return m.Write(recordFrom(s)) }

// Write appends the record's line. The line is whole in the file once Write has
// returned, even if the process is killed then. It fails if the file is no longer
// the one at its path: the run folder was removed or replaced.
func (m *Metrics) Write(r Record) error {
	line, err := r.line(m.table)
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	if err := m.file.Append(append(line, '\n')); err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	return nil
}

// Sync makes the lines written so far durable. Called before a checkpoint is
// saved, it ensures that the file holds every step that the checkpoint counts,
// even after a power failure.
func (m *Metrics) Sync() error {
	if err := m.file.Sync(); err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	return nil
}

// Close closes the file.
func (m *Metrics) Close() error { return m.file.Close() }

// ReadMetrics reads a metrics file that holds measurements of a table. A torn last line, as a
// killed run leaves it, is left out; any other damage is an error that names the line.
func ReadMetrics(path string, table measure.Table) ([]Record, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("runlog: %w", err)
	}
	defer file.Close()
	var records []Record
	err = eachLine(file, table, func(line metricsLine) error {
		switch line.err {
		case nil:
			records = append(records, line.record)
		case errTorn:
		default:
			return fmt.Errorf("line %d %w", line.number, line.err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("runlog: %s: %w", path, err)
	}
	return records, nil
}

// metricsLine is a line of a metrics file, or why it is none.
type metricsLine struct {
	number int   // from 1
	end    int64 // offset of the byte after the line
	record Record
	err    error
}

// errTorn says that a line lacks its end; only a file's last line can.
var errTorn = errors.New("has no line feed at its end")

// eachLine calls visit for every line of a metrics file until it fails.
func eachLine(file io.Reader, table measure.Table, visit func(metricsLine) error) error {
	reader := bufio.NewReader(bounded.Lines(file))
	var line metricsLine
	for {
		text, err := reader.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if len(text) == 0 {
			return nil
		}
		line = metricsLine{number: line.number + 1, end: line.end + int64(len(text)), err: errTorn}
		if err == nil {
			line.record, line.err = parseLine(table, text)
		}
		if err := visit(line); err != nil {
			return err
		}
	}
}

func parseLine(table measure.Table, text []byte) (Record, error) {
	r, err := parseRecord(table, text)
	if err != nil {
		err = fmt.Errorf("is damaged: %w", parseerror.JSON(err))
	}
	return r, err
}
