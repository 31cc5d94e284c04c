package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// gaussian draws independent normal values.
func gaussian(seed uint64, rows, cols int) Matrix {
	rng := rand.New(rand.NewPCG(seed, 99))
	m := NewMatrix(rows, cols)
	for i := range m.Data {
		m.Data[i] = float32(rng.NormFloat64())
	}
	return m
}

func TestScatterAgreesWithDefinition(t *testing.T) {
	m := gaussian(1, scatterChunk+7, scatterBlock+5) // more than one chunk and block
	center := make([]float64, m.Cols)
	center[0], center[m.Cols-1] = 3, -2
	got := scatter(m, center)
	for a := range m.Cols {
		for b := range m.Cols {
			want := 0.0
			for i := range m.Rows {
				want += (float64(m.Row(i)[a]) - center[a]) * (float64(m.Row(i)[b]) - center[b])
			}
			if math.Abs(got.At(a, b)-want) > 1e-9*math.Abs(want)+1e-9 {
				t.Errorf("scatter [%d, %d] is %v, want %v", a, b, got.At(a, b), want)
			}
		}
	}
}

// A diagonal matrix has its entries as singular values, whichever side is
// longer.
func TestSingularValues(t *testing.T) {
	for _, shape := range [][2]int{{3, 6}, {6, 3}, {3, 3}} {
		m := NewMatrix(shape[0], shape[1])
		for i, v := range []float32{2, -7, 0.5} {
			m.Row(i)[i] = v
		}
		got, err := singularValues(context.Background(), m, nil)
		if err != nil {
			t.Fatal(err)
		}
		testkit.AllClose(t, "singular values", got, []float64{7, 2, 0.5}, 1e-7)
	}
}

// What has no singular values gives an error and none, whichever side is longer.
func TestSingularValuesThatDoNotConverge(t *testing.T) {
	for _, shape := range [][2]int{{3, 6}, {6, 3}} {
		m := gaussian(1, shape[0], shape[1])
		m.Data[4] = float32(math.NaN())
		got, err := singularValues(t.Context(), m, nil)
		testkit.RequireError(t, err, "did not converge")
		if got != nil {
			t.Errorf("singular values %v beside an error", got)
		}
	}
}
