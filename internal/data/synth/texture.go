package synth

import "math"

// tile is the number of periods after which every pattern but speckle repeats.
const tile = 6

// texture is a two-tone pattern: it reports whether the point (u, v), measured
// in periods of the pattern, takes the ink or the paper colour.
type texture func(u, v float64) (ink bool)

func plain(u, v float64) bool { return false }

func rows(u, v float64) bool { return fract(v) < 0.5 }

func columns(u, v float64) bool { return fract(u) < 0.5 }

// diagonals rise to the right; a mirrored image has them fall.
func diagonals(u, v float64) bool { return fract((u+v)/math.Sqrt2) < 0.5 }

func checks(u, v float64) bool { return (fract(u) < 0.5) != (fract(v) < 0.5) }

func dots(u, v float64) bool { return math.Hypot(fract(u)-0.5, fract(v)-0.5) < 0.34 }

// ripples are rings about the points of the lattice that tile apart.
func ripples(u, v float64) bool {
	return fract(math.Hypot(u-tile*math.Round(u/tile), v-tile*math.Round(v/tile))) < 0.5
}

func grid(u, v float64) bool { return math.Min(fract(u), fract(v)) < 0.3 }

// waves are rows bent into a sine of two periods' length.
func waves(u, v float64) bool { return fract(v+0.35*math.Sin(math.Pi*u)) < 0.5 }

// speckle inks half of the cells of a lattice of a third of a period, in a
// fixed random pattern.
func speckle(u, v float64) bool {
	return mix(uint64(int64(math.Floor(3*u))), uint64(int64(math.Floor(3*v))))&1 == 0
}

// fract is the fractional part, in [0, 1) for negative x too.
func fract(x float64) float64 { return x - math.Floor(x) }
