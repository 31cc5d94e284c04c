package vec

import "math"

// Exp is dst[i] = e^x[i].
func Exp(dst, x []float32) { equal("Exp", len(dst), len(x)); active.exp(dst, x) }

// ExpShift is dst[i] = exp(scale·x[i] − shift), and returns the sum of dst: the numerators of a
// softmax and their sum.
func ExpShift(dst, x []float32, scale, shift float32) float32 {
	equal("ExpShift", len(dst), len(x))
	return active.expShift(dst, x, scale, shift)
}

// ExpShiftBF16 is ExpShift with results rounded to bfloat16; the sum is of the numbers before that.
func ExpShiftBF16(dst []uint16, x []float32, scale, shift float32) float32 {
	equal("ExpShiftBF16", len(dst), len(x))
	return active.expShiftBF16(dst, x, scale, shift)
}

// Sigmoid is dst[i] = 1/(1 + e^−x[i]).
func Sigmoid(dst, x []float32) { equal("Sigmoid", len(dst), len(x)); active.sigmoid(dst, x) }

// SiLU is dst[i] = x[i]/(1 + e^−x[i]).
func SiLU(dst, x []float32) { equal("SiLU", len(dst), len(x)); active.silu(dst, x) }

func expPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Exp(float64(v)))
	}
}

func expShiftPortable(dst, x []float32, scale, shift float32) float32 {
	var sum float32
	for i, v := range x {
		dst[i] = float32(math.Exp(float64(scale)*float64(v) - float64(shift)))
		sum += dst[i]
	}
	return sum
}

func expShiftBF16Portable(dst []uint16, x []float32, scale, shift float32) float32 {
	var sum float32
	for i, v := range x {
		e := float32(math.Exp(float64(scale)*float64(v) - float64(shift)))
		dst[i] = BF16(e)
		sum += e
	}
	return sum
}

func sigmoidPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func siluPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(float64(v) / (1 + math.Exp(-float64(v))))
	}
}
