package synth

import (
	"image/color"
	"math"
)

// rgb is a colour with channels in [0, 1], in the encoding of the image file.
type rgb struct{ r, g, b float64 }

// hsv converts hue, saturation and value, each in [0, 1] (Smith, "Color gamut
// transform pairs", 1978).
func hsv(h, s, v float64) rgb {
	channel := func(n float64) float64 {
		k := math.Mod(n+6*h, 6)
		return v - v*s*math.Max(0, math.Min(1, math.Min(k, 4-k)))
	}
	return rgb{channel(5), channel(3), channel(1)}
}

// lerp is the point t of the way from c to d.
func (c rgb) lerp(d rgb, t float64) rgb {
	return rgb{c.r + t*(d.r-c.r), c.g + t*(d.g-c.g), c.b + t*(d.b-c.b)}
}

// scale multiplies every channel by k.
func (c rgb) scale(k float64) rgb { return rgb{c.r * k, c.g * k, c.b * k} }

// add sums two colours channel by channel.
func (c rgb) add(d rgb) rgb { return rgb{c.r + d.r, c.g + d.g, c.b + d.b} }

// pixel rounds to eight bits, clamping what lies outside [0, 1].
func (c rgb) pixel() color.NRGBA {
	level := func(v float64) uint8 { return uint8(math.Round(255 * math.Max(0, math.Min(1, v)))) }
	return color.NRGBA{R: level(c.r), G: level(c.g), B: level(c.b), A: 255}
}
