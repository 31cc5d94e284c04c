package attnmap

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
)

// hidden are numbers of patches, three each, that a network shows in its tokens one way or another.
type hidden struct {
	grids []Grid
	z     [][3]float64
}

func drawHidden(rng *rand.Rand) hidden {
	h := hidden{grids: []Grid{{9, 7}, {30, 25}}}
	for _, g := range h.grids {
		for range g.Patches() {
			h.z = append(h.z, [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()})
		}
	}
	return h
}

// tokens are what a network shows: number k along a random direction, as strongly as scale says.
func (h hidden) tokens(rng *rand.Rand, scale [3]float64) []PatchTokens {
	const width = 12
	var directions [3][width]float64
	for k := range directions {
		for j := range directions[k] {
			directions[k][j] = rng.NormFloat64()
		}
	}
	row, out := 0, []PatchTokens(nil)
	for _, g := range h.grids {
		p := PatchTokens{Grid: g, Features: eval.NewMatrix(g.Patches(), width)}
		for i := range g.Patches() {
			for j := range width {
				v := 0.01 * rng.NormFloat64()
				for k := range 3 {
					v += scale[k] * h.z[row][k] * directions[k][j]
				}
				p.Features.Row(i)[j] = float32(v)
			}
			row++
		}
		out = append(out, p)
	}
	return out
}

// difference is the mean over all samples, in levels of 255.
func difference(a, b []*augment.Image) float64 {
	sum, n := 0.0, 0
	for i := range a {
		for p, v := range a[i].Pix {
			sum += math.Abs(float64(v) - float64(b[i].Pix[p]))
			n++
		}
	}
	return sum / float64(n)
}

func steady(t *testing.T, images []PatchTokens, before []*augment.Image) []*augment.Image {
	t.Helper()
	pictures, err := SteadyColors(context.Background(), images, before)
	if err != nil {
		t.Fatal(err)
	}
	return pictures
}

// A network that shows the same of the patches in other directions, in another order of strength
// and with other signs, keeps its colours; without the colours before it has others.
func TestSteadyColorsStay(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	h := drawHidden(rng)
	first := steady(t, h.tokens(rng, [3]float64{3, 2, 1}), nil)
	before, others, largest := first, 0.0, 0.0
	for _, scale := range [][3]float64{{3, 2, 1}, {1, -2, 3}, {-2, 3, 1}, {1, 3, -2}} {
		images := h.tokens(rng, scale)
		before = steady(t, images, before)
		largest = max(largest, difference(before, first))
		others = max(others, difference(steady(t, images, nil), first))
	}
	if largest > 12 {
		t.Errorf("colours moved by %.1f levels", largest)
	}
	if others < 3*largest || others < 30 {
		t.Errorf("without the colours before they are within %.1f levels: the test shows nothing", others)
	}
	if first[1].Width != 25 || first[1].Height != 30 {
		t.Errorf("a picture of %d×%d pixels", first[1].Width, first[1].Height)
	}
}

func TestSteadyColorsRefuse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	images := drawHidden(rng).tokens(rng, [3]float64{3, 2, 1})
	before := steady(t, images, nil)
	for name, c := range map[string]struct {
		images []PatchTokens
		before []*augment.Image
		want   string
	}{
		"no image":      {nil, nil, "no image"},
		"fewer before":  {images, before[:1], "1 pictures before of 2 images"},
		"others before": {images, []*augment.Image{before[1], before[0]}, "picture 0 of 25×30 pixels"},
		"one direction": {
			[]PatchTokens{{Grid{2, 3}, eval.Matrix{Rows: 6, Cols: 4, Data: make([]float32, 24)}}},
			nil,
			"vary in 0",
		},
		"not enough rows": {[]PatchTokens{{Grid{1, 1}, eval.NewMatrix(1, 4)}}, nil, "must be from 1 to 0"},
	} {
		_, err := SteadyColors(context.Background(), c.images, c.before)
		t.Run(name, func(t *testing.T) { testkit.RequireError(t, err, c.want) })
	}
}

// Even attention is of one colour, that of the largest value; nothing has the first one.
func TestShare(t *testing.T) {
	at := func(values ...float32) *augment.Image {
		img, err := Share(values, Grid{1, len(values)}, Inferno)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	even, other := at(0.25, 0.25), at(0, 0.5)
	if r, g, b := even.At(0, 0); [3]uint8{r, g, b} != Inferno[9] {
		t.Errorf("even attention is %d %d %d", r, g, b)
	}
	low, _, _ := other.At(0, 0)
	if high, _, _ := other.At(1, 0); low != 0 || high != Inferno[9][0] {
		t.Errorf("none and all are %d and %d", low, high)
	}
	_, err := Share([]float32{1}, Grid{1, 2}, Inferno)
	testkit.RequireError(t, err, "1 values for a grid of 1×2")
}
