package eval

import (
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestNormalized(t *testing.T) {
	m := Matrix{Rows: 3, Cols: 2, Data: []float32{3, 4, 0, 0, 3e-20, -4e-20}}
	unit := m.Normalized()
	testkit.AllClose(t, "rows", unit.Data, []float32{0.6, 0.8, 0, 0, 3e-8, -4e-8}, 1e-7)
	if m.Data[0] != 3 {
		t.Error("Normalized changed its receiver")
	}
}

// append to a row must not write into the next one.
func TestRowHasNoSpareCapacity(t *testing.T) {
	m := NewMatrix(2, 2)
	_ = append(m.Row(0), 9)
	if m.Row(1)[0] != 0 {
		t.Error("appending to row 0 changed row 1")
	}
}
