package eval

import (
	"fmt"
	"math"
)

// gemFloor is what smaller components are raised to, so that they have a root.
const gemFloor = 1e-6

// GeM returns the generalised mean of patch tokens [patches, columns]
// (Radenović et al., "Fine-tuning CNN Image Retrieval with No Human
// Annotation", 2018):
//
//	GeMⱼ = (mean over patches i of max(xᵢⱼ, 1e-6)^p)^(1/p)
//
// It is the mean for p = 1 and the maximum for p → ∞; copy detection has p = 4.
func GeM(patches Matrix, p float64) ([]float32, error) {
	if err := patches.check("patch"); err != nil {
		return nil, err
	}
	if !(p > 0) || math.IsInf(p, 0) {
		return nil, fmt.Errorf("eval: GeM: exponent is %v: must be positive and finite; 4 is usual", p)
	}
	sums := make([]float64, patches.Cols)
	for i := range patches.Rows {
		for j, v := range patches.Row(i) {
			sums[j] += math.Pow(max(float64(v), gemFloor), p)
		}
	}
	pooled := make([]float32, len(sums))
	for j, sum := range sums {
		pooled[j] = float32(math.Pow(sum/float64(patches.Rows), 1/p))
	}
	return pooled, nil
}
