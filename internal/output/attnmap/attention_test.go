package attnmap

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// Two heads, the class token's query and another, a class token, a register and
// 2×1 patches.
func TestClassAttention(t *testing.T) {
	probabilities := []float32{
		0.1, 0.2, 0.3, 0.4, 9, 9, 9, 9,
		0.5, 0.0, 0.2, 0.3, 9, 9, 9, 9,
	}
	heads, err := ClassAttention(probabilities, 2, 2, 4, Grid{2, 1})
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "head 0", heads[0], []float32{0.3, 0.4}, 0)
	testkit.AllClose(t, "head 1", heads[1], []float32{0.2, 0.3}, 0)
	testkit.AllClose(t, "mean", MeanHead(heads), []float32{0.25, 0.35}, 1e-7)
}

func TestClassAttentionRejects(t *testing.T) {
	ok := make([]float32, 2*1*5)
	_, err := ClassAttention(ok, 2, 2, 5, Grid{2, 2})
	testkit.RequireError(t, err, "10 values: must be 2 heads × 2 queries × 5 tokens")
	_, err = ClassAttention(ok, 2, 1, 5, Grid{5, 1})
	testkit.RequireError(t, err, "a grid of 5×1 patches and a class token are 6")
	_, err = ClassAttention(ok, 2, 1, 5, Grid{0, 4})
	testkit.RequireError(t, err, "a grid of 0×4")
	ok[7] = float32(math.NaN())
	_, err = ClassAttention(ok, 2, 1, 5, Grid{2, 2})
	testkit.RequireError(t, err, "head 1 to patch 1 is NaN")
}

func TestUpsample(t *testing.T) {
	got := Upsample([]string{"a", "b", "c", "d"}, Grid{2, 2}, 2)
	if strings.Join(got, "") != "aabb"+"aabb"+"ccdd"+"ccdd" {
		t.Errorf("upsampled to %v", got)
	}
}

// Shares .1 .2 .3 .4 add up to .1 .3 .6 1; the mass .65 is where the sum exceeds
// .35.
func TestMask(t *testing.T) {
	attention := []float32{0.4, 0.1, 0.3, 0.2} // the sum need not be 1
	for i := range attention {
		attention[i] *= 0.8
	}
	for mass, want := range map[float64][]bool{
		0.65: {true, false, true, false},
		0.3:  {true, false, false, false},
		0.75: {true, false, true, true},
		1:    {true, true, true, true},
	} {
		got, err := Mask(attention, mass)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("mass %v: %v, want %v", mass, got, want)
		}
	}
}

// The marked patches hold more than the mass, and no longer do without the
// weakest of them; no other is stronger.
func TestMaskHoldsTheMass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attention := rapid.SliceOfN(rapid.Float32Range(0.001, 1), 1, 60).Draw(t, "attention")
		mass := rapid.Float64Range(0.05, 0.95).Draw(t, "mass")
		mask, err := Mask(attention, mass)
		if err != nil {
			t.Fatal(err)
		}
		var all, marked float64
		weakest, strongest := float32(2), float32(0)
		for i, v := range attention {
			all += float64(v)
			if mask[i] {
				marked += float64(v)
				weakest = min(weakest, v)
			} else {
				strongest = max(strongest, v)
			}
		}
		const rounding = 1e-9
		if marked < mass*all*(1-rounding) || marked-float64(weakest) > mass*all*(1+rounding) || strongest > weakest {
			t.Fatalf("marked %v of %v for a mass of %v; weakest marked %v, strongest other %v", marked, all, mass,
				weakest, strongest)
		}
	})
}

func TestMaskRejects(t *testing.T) {
	for _, mass := range []float64{0, -1, 1.5, math.NaN()} {
		_, err := Mask([]float32{1}, mass)
		testkit.RequireError(t, err, "must be above 0 and at most 1")
	}
	_, err := Mask(make([]float32, 4), 0.6)
	testkit.RequireError(t, err, "all attention to 4 patches is zero")
}
