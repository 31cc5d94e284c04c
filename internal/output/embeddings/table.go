// Package embeddings reads and writes files of image features: a row of numbers for every image, or
// every patch of an image, beside its path, label and size. Formats are told by the file's
// extension: Parquet, NumPy, CSV, JSON lines and safetensors.
//
// Writing streams: memory does not grow with the number of rows. [Parts] lets a computation of many
// rows be interrupted and gone on with.
//
// Tests: property (every format gives back what went in), bad input, and other readers where they
// are installed.
package embeddings

import (
	"fmt"
	"math"

	"github.com/dino-go/dino/eval"
)

// Table is a number of rows with their features [len(Rows), D].
type Table struct {
	Rows     []Row
	Features eval.Matrix
	Patches  bool              // a row is a patch, not an image
	Metadata map[string]string // how the features were made
}

// Classes numbers the labels that occur, in order of name, after those that are known already, and
// returns the class of every row.
func (t *Table) Classes(known []string) (labels []int, classes []string, err error) {
	numbers := map[string]int{}
	for i, name := range known {
		numbers[name] = i
	}
	classes = append(classes, known...)
	for i, row := range t.Rows {
		if row.Label == "" {
			return nil, nil, fmt.Errorf("embeddings: row %d (%q) has no label: every image must lie in a class folder",
				i, row.Path)
		}
		if _, ok := numbers[row.Label]; !ok {
			numbers[row.Label] = len(classes)
			classes = append(classes, row.Label)
		}
		labels = append(labels, numbers[row.Label])
	}
	return labels, classes, nil
}

// check reports features that are no table: none, a non-finite number, or rows that do not
// fit.
func (t *Table) check() error {
	m := t.Features
	if len(t.Rows) == 0 || m.Cols == 0 {
		return fmt.Errorf("there are %d rows of %d numbers: must be at least one of each", len(t.Rows), m.Cols)
	}
	if m.Rows != len(t.Rows) || len(m.Data) != m.Rows*m.Cols {
		return fmt.Errorf("%d rows are described, but there are %d numbers of features for rows of %d", len(t.Rows),
			len(m.Data), m.Cols)
	}
	for i, v := range m.Data {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("row %d (%q), column %d is %v: all must be finite", i/m.Cols, t.Rows[i/m.Cols].Path,
				i%m.Cols, v)
		}
	}
	return nil
}

// add appends a row; the first one decides the width.
func (t *Table) add(row Row, features []float32) error {
	if t.Features.Rows == 0 {
		t.Features.Cols = len(features)
	}
	if len(features) != t.Features.Cols {
		return fmt.Errorf("row %d (%q) has %d numbers, the rows before it have %d: all must come from one network",
			len(t.Rows), row.Path, len(features), t.Features.Cols)
	}
	t.Rows = append(t.Rows, row)
	t.Features.Rows++
	t.Features.Data = append(t.Features.Data, features...)
	return nil
}
