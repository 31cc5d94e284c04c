package augment

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// slowHue goes through HSV in floating point, as the reference does.
func slowHue(r, g, b uint8, factor float64) (uint8, uint8, uint8) {
	h, s, v := slowHSV(r, g, b)
	h = uint8(((int(h)+int(math.Trunc(255*factor)))%256 + 256) % 256)
	if s == 0 {
		return v, v, v
	}
	sector := math.Floor(6 * float64(h) / 255)
	f := 6*float64(h)/255 - sector
	value, saturation := float64(v), float64(s)/255
	p := uint8(math.Round(value * (1 - saturation)))
	q := uint8(math.Round(value * (1 - f*saturation)))
	t := uint8(math.Round(value * (1 - (1-f)*saturation)))
	switch int(sector) % 6 {
	case 0:
		return v, t, p
	case 1:
		return q, v, p
	case 2:
		return p, v, t
	case 3:
		return p, q, v
	case 4:
		return t, p, v
	default:
		return v, p, q
	}
}

func slowHSV(r, g, b uint8) (h, s, v uint8) {
	largest, smallest := max(r, g, b), min(r, g, b)
	if largest == smallest {
		return 0, 0, largest
	}
	delta := float32(largest - smallest)
	rc, gc, bc := float32(largest-r)/delta, float32(largest-g)/delta, float32(largest-b)/delta
	var position float32
	switch largest {
	case r:
		position = bc - gc
	case g:
		position = float32(2 + float64(rc) - float64(bc))
	default:
		position = float32(4 + float64(gc) - float64(rc))
	}
	fraction := float32(math.Mod(float64(position)/6+1, 1))
	return uint8(255 * float64(fraction)), uint8(255 * float64(delta) / float64(largest)), largest
}

func TestHue(t *testing.T) {
	checkOp(t, func(t *rapid.T, _, _ int) (Op, slowly) {
		f := rapid.Float64Range(-0.5, 0.5).Draw(t, "factor")
		return Hue{f}, eachPixel(func(r, g, b uint8) (uint8, uint8, uint8) { return slowHue(r, g, b, f) })
	})
}

// TestHueColours compares a million colours, every hue among them.
func TestHueColours(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	img := NewImage(1000, 250)
	for _, f := range []float64{-0.5, -0.07, 0, 0.004, 0.1, 0.4999} {
		for i := range img.Pix {
			img.Pix[i] = uint8(rng.Uint32())
		}
		got := new(Scratch).Apply(img, Hue{f})
		requireSame(t, got, eachPixel(func(r, g, b uint8) (uint8, uint8, uint8) { return slowHue(r, g, b, f) })(img))
	}
}
