package vec

import "math"

// GELU is dst[i] = x[i]·Φ(x[i]), with Φ the normal distribution function: x/2·(1 + erf(x/√2)).
func GELU(dst, x []float32) { equal("GELU", len(dst), len(x)); active.gelu(dst, x) }

// GELUGrad is dst[i] = dy[i]·(Φ(x[i]) + x[i]·φ(x[i])), with φ the normal density: the gradient of
// GELU.
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

// GELUBF16 is GELU from bfloat16 to bfloat16; dst may be x.
func GELUBF16(dst, x []uint16) {
	equal("GELUBF16", len(dst), len(x))
	if active.geluBF16 != nil {
		active.geluBF16(dst, x)
		return
	}
	geluBF16Chunks(dst, x)
}

// GELUGradBF16 is GELUGrad from bfloat16 to bfloat16; dst may be dy or x. The gradient is added to
// sum before it is rounded.
func GELUGradBF16(dst, dy, x []uint16, sum []float32) {
	equal3("GELUGradBF16", len(dst), len(dy), len(x))
	equal("GELUGradBF16", len(dst), len(sum))
	if active.geluGradBF16 != nil {
		active.geluGradBF16(dst, dy, x, sum)
		return
	}
	geluGradBF16Chunks(dst, dy, x, sum)
}

// geluBF16Chunks goes by way of short slices of float32.
func geluBF16Chunks(dst, x []uint16) {
	c := chunks.Get()
	defer chunks.Put(c)
	for len(x) > 0 {
		n := min(len(x), chunk)
		wide := c[0][:n]
		active.fromBF16(wide, x[:n])
		active.gelu(wide, wide)
		active.toBF16(dst[:n], wide)
		dst, x = dst[n:], x[n:]
	}
}

func geluGradBF16Chunks(dst, dy, x []uint16, sum []float32) {
	c := chunks.Get()
	defer chunks.Put(c)
	for len(x) > 0 {
		n := min(len(x), chunk)
		wide, slope := c[0][:n], c[1][:n]
		active.fromBF16(wide, x[:n])
		active.fromBF16(slope, dy[:n])
		active.geluGrad(wide, slope, wide)
		active.add(sum[:n], sum[:n], wide)
		active.toBF16(dst[:n], wide)
		dst, dy, x, sum = dst[n:], dy[n:], x[n:], sum[n:]
	}
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
