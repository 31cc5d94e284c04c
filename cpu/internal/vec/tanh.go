package vec

import "math"

// Tanh is dst[i] = tanh x[i].
func Tanh(dst, x []float32) { equal("Tanh", len(dst), len(x)); active.tanh(dst, x) }

func tanhPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Tanh(float64(v)))
	}
}
