package vec

import "math"

// Log is dst[i] = ln x[i].
func Log(dst, x []float32) { equal("Log", len(dst), len(x)); active.log(dst, x) }

func logPortable(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Log(float64(v)))
	}
}
