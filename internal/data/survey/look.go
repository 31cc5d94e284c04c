package survey

import (
	"math"
	"slices"

	"github.com/dino-go/dino/augment"
)

// side is the width and height of the thumbnail that an image is compared by.
const side = 32

// look is a perceptual hash: images that look alike have looks that differ in few bits. Resizing,
// recompressing and a change of brightness change few.
type look struct {
	waves  uint64      // signs of the lowest frequencies, as in pHash
	slopes uint64      // where the picture gets brighter from left to right, as in dHash
	colour [4][3]uint8 // mean of each quarter
}

// frequencies a side that the hash takes.
const frequencies = 8

// lookOf hashes a thumbnail of side × side pixels.
func lookOf(small *augment.Image) look {
	var l look
	var plane [side][side]float64
	var sums [4][3]int
	for y := range side {
		for x := range side {
			r, g, b := small.At(x, y)
			plane[y][x] = float64(19595*int(r)+38470*int(g)+7471*int(b)) / 65536
			q := &sums[y/(side/2)*2+x/(side/2)]
			q[0], q[1], q[2] = q[0]+int(r), q[1]+int(g), q[2]+int(b)
		}
	}
	for q := range sums {
		for c := range 3 {
			l.colour[q][c] = uint8(sums[q][c] / (side * side / 4))
		}
	}
	l.waves, l.slopes = waves(&plane), slopes(&plane)
	return l
}

// cosines of the discrete cosine transform, by frequency and place.
var cosines = func() (c [frequencies][side]float64) {
	for k := range frequencies {
		for x := range side {
			c[k][x] = math.Cos(math.Pi * float64(k) * (float64(x) + .5) / side)
		}
	}
	return c
}()

// waves has a bit for each of the lowest frequencies that is above their median.
func waves(plane *[side][side]float64) uint64 {
	var rows [side][frequencies]float64
	for y := range side {
		for k := range frequencies {
			for x := range side {
				rows[y][k] += plane[y][x] * cosines[k][x]
			}
		}
	}
	var all [frequencies * frequencies]float64
	for j := range frequencies {
		for k := range frequencies {
			for y := range side {
				all[j*frequencies+k] += rows[y][k] * cosines[j][y]
			}
		}
	}
	sorted := slices.Sorted(slices.Values(all[1:])) // without the mean brightness
	median := sorted[len(sorted)/2]
	var hash uint64
	for i, a := range all[1:] {
		if a > median {
			hash |= 1 << i
		}
	}
	return hash
}

// slopes compares means of 8 rows of 9 columns, each with its neighbour.
func slopes(plane *[side][side]float64) uint64 {
	const rows, columns = 8, 9
	var hash uint64
	for j := range rows {
		var means [columns]float64
		for y := j * side / rows; y < (j+1)*side/rows; y++ {
			for i := range means {
				// Columns are 3 5/9 pixels wide: whole pixels, of which those at an edge count
				// twice.
				from, to := i*side/columns, ((i+1)*side+columns-1)/columns
				for x := from; x < to; x++ {
					means[i] += plane[y][x] / float64(to-from)
				}
			}
		}
		for i := range columns - 1 {
			if means[i+1] > means[i] {
				hash |= 1 << (j*(columns-1) + i)
			}
		}
	}
	return hash
}

// colours tells whether two looks are of about the same colours.
func (l *look) colours(other *look, within int) bool {
	for q := range l.colour {
		for c := range 3 {
			if d := int(l.colour[q][c]) - int(other.colour[q][c]); d > within || -d > within {
				return false
			}
		}
	}
	return true
}
