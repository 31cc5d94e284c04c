package vec

import "math"

// Sum is Σ x[i], in an order that depends on len(x) alone.
func Sum(x []float32) float32 { return active.sum(x) }

// Dot is Σ x[i]·y[i], in an order that depends on len(x) alone.
func Dot(x, y []float32) float32 { equal("Dot", len(x), len(y)); return active.dot(x, y) }

// DotBF16 is Dot for y in bfloat16.
func DotBF16(x []float32, y []uint16) float32 {
	equal("DotBF16", len(x), len(y))
	return active.dotBF16(x, y)
}

// MaxOf is the largest x[i]; NaN if one is NaN; −∞ for no elements.
func MaxOf(x []float32) float32 { return active.maxOf(x) }

// MinOf is the smallest x[i]; NaN if one is NaN; +∞ for no elements.
func MinOf(x []float32) float32 { return active.minOf(x) }

// SquaredDistance is Σ (x[i] − c)², in an order that depends on len(x) alone.
func SquaredDistance(x []float32, c float32) float32 { return active.squaredDistance(x, c) }

func sumPortable(x []float32) float32 {
	var s float32
	for _, v := range x {
		s += v
	}
	return s
}

func dotPortable(x, y []float32) float32 {
	var s float32
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

func dotBF16Portable(x []float32, y []uint16) float32 {
	var s float32
	for i, v := range x {
		s += v * math.Float32frombits(uint32(y[i])<<16)
	}
	return s
}

func maxOfPortable(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

func minOfPortable(x []float32) float32 {
	m := float32(math.Inf(1))
	for _, v := range x {
		m = min(m, v)
	}
	return m
}

func squaredDistancePortable(x []float32, c float32) float32 {
	var s float32
	for _, v := range x {
		s += (v - c) * (v - c)
	}
	return s
}
