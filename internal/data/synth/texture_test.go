package synth

import (
	"testing"

	"pgregory.net/rapid"
)

// The share of ink is about half for the patterns that are to be told apart by
// their course alone.
func TestTextureCoverage(t *testing.T) {
	for _, c := range []struct {
		name     string
		texture  texture
		min, max float64
	}{
		{"plain", plain, 0, 0},
		{"rows", rows, 0.49, 0.51},
		{"columns", columns, 0.49, 0.51},
		{"diagonals", diagonals, 0.48, 0.52},
		{"checks", checks, 0.49, 0.51},
		{"dots", dots, 0.35, 0.38},
		{"ripples", ripples, 0.45, 0.55},
		{"grid", grid, 0.49, 0.53},
		{"waves", waves, 0.49, 0.51},
		{"speckle", speckle, 0.45, 0.55},
	} {
		const n, span = 576, 4 * tile
		ink := 0
		for i := range n * n {
			if c.texture(span*(float64(i%n)+0.5)/n-tile, span*(float64(i/n)+0.5)/n-tile) {
				ink++
			}
		}
		if share := float64(ink) / (n * n); share < c.min || share > c.max {
			t.Errorf("%s: share of ink is %.3f, want %.3f to %.3f", c.name, share, c.min, c.max)
		}
	}
}

// A phase of whole tiles moves nothing but speckle (and diagonals, whose period is not whole
// here), so objects of one class share their pattern and not its accidents.
func TestTexturesRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Points off the lattice: a step between two tones has no one side.
		u := float64(rapid.IntRange(-999, 999).Draw(t, "u")) + 0.137
		v := float64(rapid.IntRange(-999, 999).Draw(t, "v")) + 0.411
		u, v = u/41, v/43
		du, dv := float64(tile*rapid.IntRange(-9, 9).Draw(t, "du")), float64(tile*rapid.IntRange(-9, 9).Draw(t, "dv"))
		for name, pattern := range map[string]texture{
			"rows": rows, "columns": columns, "checks": checks, "dots": dots,
			"ripples": ripples, "grid": grid, "waves": waves,
		} {
			if pattern(u, v) != pattern(u+du, v+dv) {
				t.Fatalf("%s changes from (%g, %g) by (%g, %g)", name, u, v, du, dv)
			}
		}
	})
}

func TestSpeckleDoesNotRepeat(t *testing.T) {
	same := 0
	const n = 1000
	for i := range n {
		u, v := float64(i%30)/3+0.1, float64(i/30)/3+0.1
		if speckle(u, v) == speckle(u+tile, v) {
			same++
		}
	}
	if same < n*4/10 || same > n*6/10 {
		t.Errorf("%d of %d cells are the same a tile further, want about half", same, n)
	}
}
