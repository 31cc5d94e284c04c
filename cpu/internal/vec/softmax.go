package vec

import (
	"errors"
	"math"
)

// Softmax is dst[i] = exp(x[i] − max x)/Σ exp(x − max x), for one row.
func Softmax(dst, x []float32) {
	equal("Softmax", len(dst), len(x))
	sum := ExpShift(dst, x, 1, MaxOf(x))
	MulScalar(dst, dst, 1/sum)
}

// LogSoftmax is dst[i] = x[i] − max x − ln Σ exp(x − max x), for one row; dst is used as scratch.
func LogSoftmax(dst, x []float32) {
	equal("LogSoftmax", len(dst), len(x))
	if len(x) > 0 && &dst[0] == &x[0] {
		panic(errors.New("vec: LogSoftmax in place: dst must not be x"))
	}
	m := MaxOf(x)
	logSum := float32(math.Log(float64(ExpShift(dst, x, 1, m))))
	AddScalar(dst, x, -m)
	AddScalar(dst, dst, -logSum)
}

// SoftmaxGrad is dst[i] = (dy[i] − Σ dy·p)·p[i]·scale with p = y/sum: the gradient of a softmax,
// for one row, times a number. Its result is y where sum is 1; else y need not add up to 1, but to
// sum.
func SoftmaxGrad(dst, dy, y []float32, sum, scale float32) {
	equal3("SoftmaxGrad", len(dst), len(dy), len(y))
	active.subMul(dst, dy, y, Dot(dy, y)/sum, scale/sum)
}

// SoftmaxGradBF16 is SoftmaxGrad for y in bfloat16, rounded to it; dst may be y.
func SoftmaxGradBF16(dst []uint16, dy []float32, y []uint16, sum, scale float32) {
	equal3("SoftmaxGradBF16", len(dst), len(dy), len(y))
	active.subMulBF16(dst, dy, y, DotBF16(dy, y)/sum, scale/sum)
}

func subMulPortable(dst, x, y []float32, s, scale float32) {
	for i := range dst {
		dst[i] = (x[i] - s) * y[i] * scale
	}
}

func subMulBF16Portable(dst []uint16, x []float32, y []uint16, s, scale float32) {
	for i, v := range x {
		dst[i] = BF16((v - s) * math.Float32frombits(uint32(y[i])<<16) * scale)
	}
}
