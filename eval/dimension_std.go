package eval

import (
	"fmt"
	"math"
)

// DimensionStdScore tells how much each dimension of the features varies.
type DimensionStdScore struct {
	Std  []float64 `json:"-"` // [columns]
	Mean float64   `json:"mean"`
	Min  float64   `json:"min"`
	Max  float64   `json:"max"`
	// Dead is the number of dimensions that vary less than a thousandth of the
	// mean.
	Dead int `json:"dead"`
}

// DimensionStd returns the standard deviation of every column over the L2-
// normalised rows, times √columns: about 1 everywhere for directions that
// spread evenly over the sphere, 0 for a collapsed network (Chen & He,
// "Exploring Simple Siamese Representation Learning", 2021). It fails on
// features that are non-finite or of fewer than two rows.
func DimensionStd(m Matrix) (DimensionStdScore, error) {
	if err := m.check("standard deviation's"); err != nil {
		return DimensionStdScore{}, err
	}
	if m.Rows < 2 {
		return DimensionStdScore{}, fmt.Errorf("eval: standard deviation of %d row: need at least two", m.Rows)
	}
	s := DimensionStdScore{Std: columnStd(m, inverseNorms(m))}
	s.Min = math.Inf(1)
	for j, v := range s.Std {
		s.Std[j] = v * math.Sqrt(float64(m.Cols))
		s.Min, s.Max = min(s.Min, s.Std[j]), max(s.Max, s.Std[j])
	}
	s.Mean = total(s.Std) / float64(m.Cols)
	for _, v := range s.Std {
		if v <= s.Mean/1000 {
			s.Dead++
		}
	}
	return s, nil
}

// columnStd returns √(Σ(x − mean)²/Rows) of every column, with row i multiplied
// by scale[i], or by 1 if scale is nil.
func columnStd(m Matrix, scale []float64) []float64 {
	sum, squares := make([]float64, m.Cols), make([]float64, m.Cols)
	for i := range m.Rows {
		by := rowScale(scale, i)
		for j, v := range m.Row(i) {
			sum[j] += by * float64(v)
		}
	}
	for i := range m.Rows {
		by := rowScale(scale, i)
		for j, v := range m.Row(i) {
			d := by*float64(v) - sum[j]/float64(m.Rows)
			squares[j] += d * d
		}
	}
	for j, v := range squares {
		squares[j] = math.Sqrt(v / float64(m.Rows))
	}
	return squares
}
