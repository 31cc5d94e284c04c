package runmap

import (
	"math"

	"github.com/dino-go/dino/eval"
)

// align moves and turns places, [rows, 2], and mirrors them if that is better, so that they lie as
// near as can be to others of the same rows: orthogonal Procrustes (Schönemann, 1966) in the plane.
// Distances stay. Rows that are NaN in one of the two do not count, and stay NaN.
func align(places, to eval.Matrix) {
	from, target := middleOf(places, to), middleOf(to, places)
	// the sums of products by which turning by an angle, and mirroring before, are told apart
	var plain, mirrored [2]float64 // cosine and sine
	eachPair(places, to, func(a, b []float32) {
		ax, ay := float64(a[0])-from[0], float64(a[1])-from[1]
		bx, by := float64(b[0])-target[0], float64(b[1])-target[1]
		plain[0] += ax*bx + ay*by
		plain[1] += ax*by - ay*bx
		mirrored[0] += ax*bx - ay*by
		mirrored[1] += ax*by + ay*bx
	})
	sign, best := 1.0, plain
	if math.Hypot(mirrored[0], mirrored[1]) > math.Hypot(plain[0], plain[1]) {
		sign, best = -1, mirrored
	}
	length := math.Hypot(best[0], best[1])
	if !(length > 0) {
		best, length = [2]float64{1, 0}, 1 // nothing tells directions apart
	}
	c, s := best[0]/length, best[1]/length
	for i := range places.Rows {
		p := places.Row(i)
		x, y := float64(p[0])-from[0], sign*(float64(p[1])-from[1])
		p[0], p[1] = float32(c*x-s*y+target[0]), float32(s*x+c*y+target[1])
	}
}

// eachPair visits the rows that have places in both.
func eachPair(a, b eval.Matrix, visit func(a, b []float32)) {
	for i := range min(a.Rows, b.Rows) {
		if !isNaN(a.Row(i)) && !isNaN(b.Row(i)) {
			visit(a.Row(i), b.Row(i))
		}
	}
}

// middleOf is the mean of the places that have one in the other, too; 0 where there is none.
func middleOf(of, other eval.Matrix) (middle [2]float64) {
	n := 0.0
	eachPair(of, other, func(a, _ []float32) {
		middle[0] += float64(a[0])
		middle[1] += float64(a[1])
		n++
	})
	return [2]float64{middle[0] / max(n, 1), middle[1] / max(n, 1)}
}
