package synth

import (
	"math"
	"math/rand/v2"
)

// backgroundCells is the number of cells along a side of the lattice of
// colours behind the objects: enough that two crops of one image see
// different colours.
const backgroundCells = 5

// background is a smooth field of colour: random colours on the corners of a
// lattice, blended between them.
type background [backgroundCells + 1][backgroundCells + 1]rgb

func newBackground(rng *rand.Rand) *background {
	var b background
	for row := range b {
		for col := range b[row] {
			b[row][col] = hsv(rng.Float64(), between(rng, 0.1, 0.7), between(rng, 0.25, 0.75))
		}
	}
	return &b
}

// at is the colour at (x, y), each in [0, 1).
func (b *background) at(x, y float64) rgb {
	col, fx := cell(x)
	row, fy := cell(y)
	top := b[row][col].lerp(b[row][col+1], fx)
	bottom := b[row+1][col].lerp(b[row+1][col+1], fx)
	return top.lerp(bottom, fy)
}

// cell splits t in [0, 1) into its lattice cell and the smoothed position in it.
func cell(t float64) (index int, within float64) {
	whole, frac := math.Modf(t * backgroundCells)
	return int(whole), frac * frac * (3 - 2*frac)
}
