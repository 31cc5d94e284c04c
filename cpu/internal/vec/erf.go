package vec

import "math"

// Erf is dst[i] = erf x[i] = 2/√π·∫₀^x e^−t² dt.
func Erf(dst, x []float32) { equal("Erf", len(dst), len(x)); active.erf(dst, x) }

func erfPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Erf(float64(v)))
	}
}
