package main

import (
	"log"
	"math"
)

// minimax returns the coefficients, lowest power first, of the polynomial p of the given degree
// that makes the largest |p(x) − f(x)|·weight(x) on [lo, hi] least. It is Remez's second algorithm:
// the error at degree+2 points is made equal in size and alternating in sign, and the points move
// to the extrema of the error until nothing changes.
func minimax(f, weight func(float64) float64, lo, hi float64, degree int) []float64 {
	n := degree + 2
	points := make([]float64, n)
	for i := range points {
		points[i] = (lo+hi)/2 - (hi-lo)/2*math.Cos(math.Pi*float64(i)/float64(n-1))
	}
	var p []float64
	for range 30 {
		p = equioscillate(f, weight, points)
		points = extrema(func(x float64) float64 { return (evaluate(p, x) - f(x)) * weight(x) }, lo, hi, n)
	}
	return p
}

// equioscillate solves p(x_i) + (−1)^i·e/weight(x_i) = f(x_i) for the coefficients of p and e.
func equioscillate(f, weight func(float64) float64, points []float64) []float64 {
	n := len(points)
	rows := make([][]float64, n)
	for i, x := range points {
		row := make([]float64, n+1)
		power := 1.0
		for j := range n - 1 {
			row[j] = power
			power *= x
		}
		row[n-1] = (1 - 2*float64(i%2)) / weight(x)
		row[n] = f(x)
		rows[i] = row
	}
	return solve(rows)[:n-1]
}

// solve is Gauss's elimination with partial pivoting; the last column is the right-hand side.
func solve(rows [][]float64) []float64 {
	n := len(rows)
	for c := range n {
		best := c
		for r := c + 1; r < n; r++ {
			if math.Abs(rows[r][c]) > math.Abs(rows[best][c]) {
				best = r
			}
		}
		rows[c], rows[best] = rows[best], rows[c]
		for r := c + 1; r < n; r++ {
			factor := rows[r][c] / rows[c][c]
			for j := c; j <= n; j++ {
				rows[r][j] -= factor * rows[c][j]
			}
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		x[r] = rows[r][n]
		for j := r + 1; j < n; j++ {
			x[r] -= rows[r][j] * x[j]
		}
		x[r] /= rows[r][r]
	}
	return x
}

// extrema finds n points where |e| is largest between its changes of sign.
func extrema(e func(float64) float64, lo, hi float64, n int) []float64 {
	const grid = 20000
	var points []float64
	best, bestAt, sign := -1.0, lo, 0.0
	for i := 0; i <= grid; i++ {
		x := lo + (hi-lo)*float64(i)/grid
		v := e(x)
		if s := math.Copysign(1, v); s != sign {
			if sign != 0 {
				points = append(points, bestAt)
			}
			sign, best = s, -1
		}
		if math.Abs(v) > best {
			best, bestAt = math.Abs(v), x
		}
	}
	points = append(points, bestAt)
	if len(points) < n {
		log.Fatalf("gen: an error has %d extrema: needs %d", len(points), n)
	}
	return points[:n]
}

func evaluate(p []float64, x float64) float64 {
	v := 0.0
	for i := len(p) - 1; i >= 0; i-- {
		v = v*x + p[i]
	}
	return v
}
