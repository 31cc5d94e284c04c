package eval

// dot64 returns the dot product of two vectors of one length, in float64.
func dot64(a, b []float32) float64 {
	b = b[:len(a)]
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}
