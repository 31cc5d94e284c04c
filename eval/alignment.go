package eval

import (
	"fmt"
	"math"
)

// Alignment returns how far apart the features of two views of one image lie
// (Wang & Isola, "Understanding Contrastive Representation Learning through
// Alignment and Uniformity on the Hypersphere", 2020): with all rows L2-
// normalised, row i of a and row i of b being views of image i,
//
//	alignment = meanᵢ ‖aᵢ − bᵢ‖₂^alpha
//
// It is 0 for perfect invariance; alpha is 2 in the paper. It fails on features
// that are empty, non-finite or of different shapes.
func Alignment(a, b Matrix, alpha float64) (float64, error) {
	for _, m := range []Matrix{a, b} {
		if err := m.check("alignment's"); err != nil {
			return 0, err
		}
	}
	if a.Rows != b.Rows || a.Cols != b.Cols {
		return 0, fmt.Errorf("eval: alignment: views are [%d, %d] and [%d, %d]: must be the same images through the "+
			"same network",
			a.Rows, a.Cols, b.Rows, b.Cols)
	}
	if !(alpha > 0) || math.IsInf(alpha, 0) {
		return 0, fmt.Errorf("eval: alignment: alpha is %v: must be positive; 2 is usual", alpha)
	}
	sum := 0.0
	for i := range a.Rows {
		x, y := a.Row(i), b.Row(i)
		normX, normY := max(math.Sqrt(dot64(x, x)), normalizeEps), max(math.Sqrt(dot64(y, y)), normalizeEps)
		squares := 0.0
		for j, v := range x {
			d := float64(v)/normX - float64(y[j])/normY
			squares += d * d
		}
		sum += math.Pow(squares, alpha/2)
	}
	return sum / float64(a.Rows), nil
}
