package vec

import "math"

// GELU is dst[i] = x[i]·Φ(x[i]), with Φ the normal distribution function: x/2·(1 + erf(x/√2)).
func GELU(dst, x []float32) { equal("GELU", len(dst), len(x)); active.gelu(dst, x) }

// GELUGrad is dst[i] = dy[i]·(Φ(x[i]) + x[i]·φ(x[i])), with φ the normal density: the gradient of GELU.
func GELUGrad(dst, dy, x []float32) {
	equal3("GELUGrad", len(dst), len(dy), len(x))
	active.geluGrad(dst, dy, x)
}

// GELUTanh is dst[i] = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) for x = x[i].
func GELUTanh(dst, x []float32) { equal("GELUTanh", len(dst), len(x)); active.geluTanh(dst, x) }

// GELUTanhGrad is dst[i] = dy[i]·(the derivative of GELUTanh at x[i]).
func GELUTanhGrad(dst, dy, x []float32) {
	equal3("GELUTanhGrad", len(dst), len(dy), len(x))
	active.geluTanhGrad(dst, dy, x)
}

func geluPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(float64(v) * normalCDF(float64(v)))
	}
}

func geluGradPortable(dst, dy, x []float32) {
	for i, v := range x {
		z := float64(v)
		density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		dst[i] = dy[i] * float32(normalCDF(z)+z*density)
	}
}

// normalCDF is Φ(z), by the complementary error function, which does not cancel for z far below 0.
func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

const (
	geluRoot  = 0.7978845608028654 // √(2/π)
	geluCubic = 0.044715
)

func geluTanhPortable(dst, x []float32) {
	for i, v := range x {
		z := float64(v)
		dst[i] = float32(z / 2 * (1 + math.Tanh(geluRoot*(z+geluCubic*z*z*z))))
	}
}

func geluTanhGradPortable(dst, dy, x []float32) {
	for i, v := range x {
		z := min(max(float64(v), -16), 16) // beyond, the derivative is 0 or 1
		t := math.Tanh(geluRoot * (z + geluCubic*z*z*z))
		dst[i] = dy[i] * float32((1+t)/2+z/2*(1-t*t)*geluRoot*(1+3*geluCubic*z*z))
	}
}
