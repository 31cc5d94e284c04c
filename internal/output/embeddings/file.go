package embeddings

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Header says what a file will hold.
type Header struct {
	Rows, Cols int
	Patches    bool              // rows are patches: their places are written too
	Metadata   map[string]string // how the features were made; not every format has a place for it
}

// Writer writes rows to a file, which has its name only after Commit.
type Writer interface {
	// Write appends rows.
	Write(t Table) error
	// Commit completes the file. It fails unless all the rows that the header promised were
	// written.
	Commit() error
	// Abort discards the file, unless it was committed.
	Abort()
}

// format is one kind of file.
type format struct {
	extension string
	create    func(path string, h Header) (Writer, error)
	read      func(path string) (*Table, error)
}

var formats = []format{
	{".parquet", createParquet, readParquet},
	{".npy", createNPY, readNPY},
	{".csv", createCSV, readCSV},
	{".jsonl", createJSONL, readJSONL},
	{".safetensors", createSafetensors, readSafetensors},
}

// Extensions lists the endings of the formats.
func Extensions() []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.extension)
	}
	return all
}

// IsFile tells whether a path has the ending of a format.
func IsFile(path string) bool { return slices.Contains(Extensions(), filepath.Ext(path)) }

// CheckPath reports a path without the ending of a format.
func CheckPath(path string) error {
	if !IsFile(path) {
		return fmt.Errorf("%s: a file of embeddings ends in %s", path, strings.Join(Extensions(), ", "))
	}
	return nil
}

// Create begins to write the file at path.
func Create(path string, h Header) (Writer, error) {
	f, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	if h.Rows < 1 || h.Cols < 1 {
		return nil, fmt.Errorf("embeddings: %s: there are %d rows of %d numbers to write: must be at least one of each",
			path, h.Rows, h.Cols)
	}
	w, err := f.create(path, h)
	if err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	return &checkedWriter{Writer: w, path: path, header: h}, nil
}

// Read reads a whole file. All numbers are finite and all rows equally long.
func Read(path string) (*Table, error) {
	f, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	t, err := f.read(path)
	if err == nil {
		err = t.check()
	}
	if err != nil {
		return nil, fmt.Errorf("embeddings: %s: %w", path, err)
	}
	return t, nil
}

func formatOf(path string) (format, error) {
	if err := CheckPath(path); err != nil {
		return format{}, fmt.Errorf("embeddings: %w", err)
	}
	return formats[slices.Index(Extensions(), filepath.Ext(path))], nil
}

// checkedWriter counts what is written.
type checkedWriter struct {
	Writer
	path    string
	header  Header
	written int
}

// Write verifies the rows and passes them on.
func (w *checkedWriter) Write(t Table) error {
	if len(t.Rows) == 0 {
		return nil
	}
	if err := t.check(); err != nil {
		return fmt.Errorf("embeddings: writing %s: %w", w.path, err)
	}
	if t.Features.Cols != w.header.Cols {
		return fmt.Errorf("embeddings: writing %s: rows have %d numbers: must be %d", w.path, t.Features.Cols,
			w.header.Cols)
	}
	w.written += len(t.Rows)
	if err := w.Writer.Write(t); err != nil {
		return fmt.Errorf("embeddings: writing %s: %w", w.path, err)
	}
	return nil
}

// Commit verifies the number of rows.
func (w *checkedWriter) Commit() error {
	if w.written != w.header.Rows {
		return fmt.Errorf("embeddings: writing %s: %d rows were written: must be %d", w.path, w.written, w.header.Rows)
	}
	if err := w.Writer.Commit(); err != nil {
		return fmt.Errorf("embeddings: writing %s: %w", w.path, err)
	}
	return nil
}
