package synth

import (
	"math"
	"math/rand/v2"
)

// object is one silhouette on the canvas. Lengths are in canvas widths.
type object struct {
	class      *Class
	x, y       float64 // centre
	radius     float64
	cos, sin   float64 // of the tilt
	period     float64 // of the texture, in radii
	phaseU     float64 // of the texture, in periods
	phaseV     float64
	ink, paper rgb
}

// Ranges of what varies from object to object within one image.
const (
	maxTilt   = 0.2 // radians, either way
	minPeriod = 0.4 // radii
	maxPeriod = 0.55
)

// newObject draws everything about an object but its place.
func newObject(rng *rand.Rand, class *Class, x, y, radius float64) object {
	sin, cos := math.Sincos(between(rng, -maxTilt, maxTilt))
	ink := hsv(rng.Float64(), between(rng, 0.3, 1), between(rng, 0, 0.4))
	paper := hsv(rng.Float64(), between(rng, 0, 0.5), between(rng, 0.8, 1))
	if rng.IntN(2) == 0 {
		ink, paper = paper, ink
	}
	return object{
		class: class, x: x, y: y, radius: radius, cos: cos, sin: sin,
		period: between(rng, minPeriod, maxPeriod),
		phaseU: phase(rng), phaseV: phase(rng),
		ink: ink, paper: paper,
	}
}

// at is the colour of the object at (x, y), if it covers that point.
func (o *object) at(x, y float64) (c rgb, covered bool) {
	dx, dy := (x-o.x)/o.radius, (y-o.y)/o.radius
	dx, dy = o.cos*dx+o.sin*dy, o.cos*dy-o.sin*dx
	if !o.class.shape(dx, dy) {
		return rgb{}, false
	}
	if o.class.texture(dx/o.period+o.phaseU, dy/o.period+o.phaseV) {
		return o.ink, true
	}
	return o.paper, true
}

// phase is a shift by part of a period, which moves any pattern, and by many
// tiles, which changes only what never repeats.
func phase(rng *rand.Rand) float64 { return rng.Float64() + float64(tile*rng.IntN(100)) }
