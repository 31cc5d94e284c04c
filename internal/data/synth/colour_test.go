package synth

import (
	"image/color"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHSV(t *testing.T) {
	for _, c := range []struct {
		h, s, v float64
		want    rgb
	}{
		{0, 1, 1, rgb{1, 0, 0}},
		{1.0 / 6, 1, 1, rgb{1, 1, 0}},
		{1.0 / 3, 1, 1, rgb{0, 1, 0}},
		{0.5, 1, 0.5, rgb{0, 0.5, 0.5}},
		{2.0 / 3, 1, 1, rgb{0, 0, 1}},
		{5.0 / 6, 0.5, 1, rgb{1, 0.5, 1}},
		{0.3, 0, 0.7, rgb{0.7, 0.7, 0.7}},
	} {
		got := hsv(c.h, c.s, c.v)
		if math.Abs(got.r-c.want.r)+math.Abs(got.g-c.want.g)+math.Abs(got.b-c.want.b) > 1e-12 {
			t.Errorf("hsv(%g, %g, %g) = %v, want %v", c.h, c.s, c.v, got, c.want)
		}
	}
}

// The largest channel is the value and the smallest is v (1 − s).
func TestHSVRange(t *testing.T) {
	unit := rapid.Float64Range(0, 1)
	rapid.Check(t, func(t *rapid.T) {
		h, s, v := unit.Draw(t, "h"), unit.Draw(t, "s"), unit.Draw(t, "v")
		c := hsv(h, s, v)
		high, low := max(c.r, c.g, c.b), min(c.r, c.g, c.b)
		if math.Abs(high-v) > 1e-12 || math.Abs(low-v*(1-s)) > 1e-12 {
			t.Fatalf("hsv(%g, %g, %g) = %v: largest %g, want %g; smallest %g, want %g", h, s, v, c, high, v, low,
				v*(1-s))
		}
	})
}

func TestPixelRoundsAndClamps(t *testing.T) {
	if got, want := (rgb{-0.2, 0.5, 1.7}).pixel(), (color.NRGBA{R: 0, G: 128, B: 255, A: 255}); got != want {
		t.Errorf("pixel is %v, want %v", got, want)
	}
}

func TestLerp(t *testing.T) {
	if got, want := (rgb{0, 1, 2}).lerp(rgb{4, 3, 2}, 0.25), (rgb{1, 1.5, 2}); got != want {
		t.Errorf("a quarter of the way is %v, want %v", got, want)
	}
}
