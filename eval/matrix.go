package eval

import (
	"fmt"
	"math"
)

// Matrix holds one feature vector a row: Data is [Rows, Cols], row-major.
type Matrix struct {
	Rows, Cols int
	Data       []float32
}

// NewMatrix returns a matrix of zeros.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Data: make([]float32, rows*cols)}
}

// Row returns row i; writing to it writes to the matrix.
func (m Matrix) Row(i int) []float32 {
	return m.Data[i*m.Cols : (i+1)*m.Cols : (i+1)*m.Cols]
}

// normalizeEps bounds the norm that a row is divided by from below, so that a
// row of zeros stays one.
const normalizeEps = 1e-12

// Normalized returns a copy whose rows are divided by max(‖row‖₂, 1e-12).
func (m Matrix) Normalized() Matrix {
	unit := NewMatrix(m.Rows, m.Cols)
	for i := range m.Rows {
		row, out := m.Row(i), unit.Row(i)
		sum := 0.0
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		scale := 1 / max(math.Sqrt(sum), normalizeEps)
		for j, v := range row {
			out[j] = float32(float64(v) * scale)
		}
	}
	return unit
}

// check reports a matrix that is empty, whose data does not match its shape, or
// that holds a non-finite value. name says whose features they are.
func (m Matrix) check(name string) error {
	switch {
	case m.Rows < 1 || m.Cols < 1:
		return fmt.Errorf("eval: %s features are [%d, %d]: need at least one row and one column", name, m.Rows, m.Cols)
	case len(m.Data) != m.Rows*m.Cols:
		return fmt.Errorf("eval: %s features are [%d, %d] but have %d values, not %d", name, m.Rows, m.Cols,
			len(m.Data), m.Rows*m.Cols)
	}
	const notFinite = 0x7f800000 // the exponent of infinities and NaNs
	for i, v := range m.Data {
		if math.Float32bits(v)&notFinite == notFinite {
			return fmt.Errorf("eval: %s features: row %d, column %d is %v: all values must be finite; "+
				"the network that made them has diverged, or its weights are damaged", name, i/m.Cols, i%m.Cols, v)
		}
	}
	return nil
}

// checkMatrices reports two matrices of which one is malformed, or that differ
// in width.
func checkMatrices(nameA string, a Matrix, nameB string, b Matrix) error {
	if err := a.check(nameA); err != nil {
		return err
	}
	if err := b.check(nameB); err != nil {
		return err
	}
	if a.Cols != b.Cols {
		return fmt.Errorf("eval: %s features have %d columns, %s features %d: both must come from the same network",
			nameA, a.Cols, nameB, b.Cols)
	}
	return nil
}

// Features are feature vectors with the class of each.
type Features struct {
	Matrix
	Labels []int // [Rows], 0 for the first class
}

// check reports features that are malformed or whose labels do not fit them.
func (f Features) check(name string) error {
	if err := f.Matrix.check(name); err != nil {
		return err
	}
	if len(f.Labels) != f.Rows {
		return fmt.Errorf("eval: %s features have %d rows but %d labels", name, f.Rows, len(f.Labels))
	}
	for i, label := range f.Labels {
		if label < 0 {
			return fmt.Errorf("eval: %s label of row %d is %d: classes are numbered from 0", name, i, label)
		}
	}
	return nil
}

// checkPair reports a bank and queries that no classifier can work on, and
// returns the number of classes, the largest label of both plus one.
func checkPair(bank, queries Features) (classes int, err error) {
	if err := bank.check("training"); err != nil {
		return 0, err
	}
	if err := queries.check("test"); err != nil {
		return 0, err
	}
	if bank.Cols != queries.Cols {
		return 0, fmt.Errorf("eval: training features have %d columns, test features %d: both must come from the "+
			"same network",
			bank.Cols, queries.Cols)
	}
	several := false
	for _, label := range bank.Labels {
		classes = max(classes, label+1)
		several = several || label != bank.Labels[0]
	}
	if !several {
		return 0, fmt.Errorf("eval: all %d training labels are class %d: a classifier needs at least two classes",
			bank.Rows, bank.Labels[0])
	}
	for _, label := range queries.Labels {
		classes = max(classes, label+1)
	}
	return classes, nil
}
