package synth

import "math/rand/v2"

// scene is what one image shows: a background, the objects before it, front to
// back, and the light that falls on both. Positions run from 0 to 1 across the
// canvas.
type scene struct {
	background *background
	objects    []object
	light      light

	found []*object // what near returns, reused
}

// Pitches of the lattice of objects that fit along a side of the canvas.
const (
	minAcross = 3.3
	maxAcross = 4.0
)

// newScene lays objects of one class on a jittered lattice. The lattice is
// shifted at random and reaches past the canvas's edges, so that every crop of
// some size holds objects and where they lie says nothing.
func newScene(rng *rand.Rand, class *Class) *scene {
	s := &scene{background: newBackground(rng), light: newLight(rng)}
	pitch := 1 / between(rng, minAcross, maxAcross)
	shiftX, shiftY := rng.Float64()*pitch, rng.Float64()*pitch
	for row := -1; row <= maxAcross; row++ {
		for col := -1; col <= maxAcross; col++ {
			x := shiftX + pitch*(float64(col)+between(rng, 0.3, 0.7))
			y := shiftY + pitch*(float64(row)+between(rng, 0.3, 0.7))
			s.objects = append(s.objects, newObject(rng, class, x, y, pitch*between(rng, 0.35, 0.6)))
		}
	}
	rng.Shuffle(len(s.objects), func(i, j int) { s.objects[i], s.objects[j] = s.objects[j], s.objects[i] })
	return s
}

// near returns, front to back, the objects that may cover a point within
// distance of (x, y). The slice is valid until the next call.
func (s *scene) near(x, y, distance float64) []*object {
	s.found = s.found[:0]
	for i := range s.objects {
		o := &s.objects[i]
		dx, dy, reach := x-o.x, y-o.y, o.radius*shapeReach+distance
		if dx*dx+dy*dy < reach*reach {
			s.found = append(s.found, o)
		}
	}
	return s.found
}
