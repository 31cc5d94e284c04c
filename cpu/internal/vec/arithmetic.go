package vec

import "math"

// Add is dst[i] = x[i] + y[i].
func Add(dst, x, y []float32) { equal3("Add", len(dst), len(x), len(y)); active.add(dst, x, y) }

// Sub is dst[i] = x[i] − y[i].
func Sub(dst, x, y []float32) { equal3("Sub", len(dst), len(x), len(y)); active.sub(dst, x, y) }

// Mul is dst[i] = x[i]·y[i].
func Mul(dst, x, y []float32) { equal3("Mul", len(dst), len(x), len(y)); active.mul(dst, x, y) }

// Div is dst[i] = x[i]/y[i].
func Div(dst, x, y []float32) { equal3("Div", len(dst), len(x), len(y)); active.div(dst, x, y) }

// Max is dst[i] = max(x[i], y[i]); NaN if either is NaN.
func Max(dst, x, y []float32) { equal3("Max", len(dst), len(x), len(y)); active.max(dst, x, y) }

// Min is dst[i] = min(x[i], y[i]); NaN if either is NaN.
func Min(dst, x, y []float32) { equal3("Min", len(dst), len(x), len(y)); active.min(dst, x, y) }

// MulAdd is dst[i] = x[i]·s + y[i], rounded once where the processor has fused
// multiply-add, else twice.
func MulAdd(dst, x, y []float32, s float32) {
	equal3("MulAdd", len(dst), len(x), len(y))
	active.mulAdd(dst, x, y, s)
}

// MulScale is dst[i] = x[i]·y[i]·s.
func MulScale(dst, x, y []float32, s float32) {
	equal3("MulScale", len(dst), len(x), len(y))
	active.subMul(dst, x, y, 0, s)
}

// FMA is dst[i] = x[i]·y[i] + z[i], rounded once where the processor has fused
// multiply-add, else twice.
func FMA(dst, x, y, z []float32) {
	equal3("FMA", len(dst), len(x), len(y))
	equal("FMA", len(dst), len(z))
	active.fma(dst, x, y, z)
}

// AddScalar is dst[i] = x[i] + s.
func AddScalar(dst, x []float32, s float32) {
	equal("AddScalar", len(dst), len(x))
	active.addScalar(dst, x, s)
}

// ScalarSub is dst[i] = s − x[i]. (x − s is AddScalar of −s.)
func ScalarSub(dst, x []float32, s float32) {
	equal("ScalarSub", len(dst), len(x))
	active.scalarSub(dst, x, s)
}

// MulScalar is dst[i] = x[i]·s.
func MulScalar(dst, x []float32, s float32) {
	equal("MulScalar", len(dst), len(x))
	active.mulScalar(dst, x, s)
}

// DivScalar is dst[i] = x[i]/s.
func DivScalar(dst, x []float32, s float32) {
	equal("DivScalar", len(dst), len(x))
	active.divScalar(dst, x, s)
}

// ScalarDiv is dst[i] = s/x[i].
func ScalarDiv(dst, x []float32, s float32) {
	equal("ScalarDiv", len(dst), len(x))
	active.scalarDiv(dst, x, s)
}

// MaxScalar is dst[i] = max(x[i], s); NaN if either is NaN.
func MaxScalar(dst, x []float32, s float32) {
	equal("MaxScalar", len(dst), len(x))
	active.maxScalar(dst, x, s)
}

// MinScalar is dst[i] = min(x[i], s); NaN if either is NaN.
func MinScalar(dst, x []float32, s float32) {
	equal("MinScalar", len(dst), len(x))
	active.minScalar(dst, x, s)
}

// AXPY is dst[i] += a·x[i].
func AXPY(dst, x []float32, a float32) { equal("AXPY", len(dst), len(x)); active.axpy(dst, x, a) }

// Fill is dst[i] = s.
func Fill(dst []float32, s float32) {
	for i := range dst {
		dst[i] = s
	}
}

// Neg is dst[i] = −x[i].
func Neg(dst, x []float32) { equal("Neg", len(dst), len(x)); active.neg(dst, x) }

// Abs is dst[i] = |x[i]|.
func Abs(dst, x []float32) { equal("Abs", len(dst), len(x)); active.abs(dst, x) }

// Sqrt is dst[i] = √x[i].
func Sqrt(dst, x []float32) { equal("Sqrt", len(dst), len(x)); active.sqrt(dst, x) }

// Rsqrt is dst[i] = 1/√x[i], a root and a division.
func Rsqrt(dst, x []float32) { equal("Rsqrt", len(dst), len(x)); active.rsqrt(dst, x) }

// Square is dst[i] = x[i]².
func Square(dst, x []float32) { Mul(dst, x, x) }

func addPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

func subPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

func mulPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func divPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] / y[i]
	}
}

func maxPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = max(x[i], y[i])
	}
}

func minPortable(dst, x, y []float32) {
	for i := range dst {
		dst[i] = min(x[i], y[i])
	}
}

func mulAddPortable(dst, x, y []float32, s float32) {
	for i, v := range x {
		dst[i] = v*s + y[i]
	}
}

func fmaPortable(dst, x, y, z []float32) {
	for i := range dst {
		dst[i] = x[i]*y[i] + z[i]
	}
}

func addScalarPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = x[i] + s
	}
}

func scalarSubPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = s - x[i]
	}
}

func mulScalarPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = x[i] * s
	}
}

func divScalarPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = x[i] / s
	}
}

func scalarDivPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = s / x[i]
	}
}

func maxScalarPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = max(x[i], s)
	}
}

func minScalarPortable(dst, x []float32, s float32) {
	for i := range dst {
		dst[i] = min(x[i], s)
	}
}

func axpyPortable(dst, x []float32, a float32) {
	for i := range dst {
		dst[i] += a * x[i]
	}
}

func negPortable(dst, x []float32) {
	for i := range dst {
		dst[i] = -x[i]
	}
}

func absPortable(dst, x []float32) {
	for i := range dst {
		dst[i] = float32(math.Abs(float64(x[i])))
	}
}

func sqrtPortable(dst, x []float32) {
	for i := range dst {
		dst[i] = float32(math.Sqrt(float64(x[i])))
	}
}

func rsqrtPortable(dst, x []float32) {
	for i := range dst {
		dst[i] = 1 / float32(math.Sqrt(float64(x[i])))
	}
}
