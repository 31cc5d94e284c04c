package attnmap

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
)

// scene makes tokens of an image with a bright rectangle of foreground in the
// middle, whose upper half has other tokens than its lower half.
func scene(seed uint64, rows, cols int, sign float32) (p PatchTokens, object []int) {
	rng := rand.New(rand.NewPCG(seed, 5))
	p = PatchTokens{Grid: Grid{rows, cols}, Features: eval.NewMatrix(rows*cols, 8)}
	object = make([]int, rows*cols)
	for i := range rows * cols {
		row := p.Features.Row(i)
		for j := range row {
			row[j] = 0.05 * float32(rng.NormFloat64())
		}
		y, x := i/cols, i%cols
		if y < 2 || x < 2 || y >= rows-2 || x >= cols-2 {
			row[0] -= sign
			continue
		}
		object[i] = 1
		row[0] += sign
		row[1] = 0.3
		if y >= rows/2 {
			object[i], row[1] = 2, -0.3
		}
	}
	return p, object
}

// The foreground is found whichever way the first component points, and an
// image that was not fitted gets the same colours.
func TestColorsFindTheForeground(t *testing.T) {
	for _, sign := range []float32{1, -1} {
		first, _ := scene(1, 10, 12, sign)
		second, _ := scene(2, 8, 9, sign)
		c, err := FitColors(context.Background(), []PatchTokens{first, second}, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		var reds [3][]float64
		for seed, size := range [][2]int{{10, 12}, {8, 9}, {7, 7}} {
			p, object := scene(uint64(seed+1), size[0], size[1], sign)
			img, shown, err := c.Draw(p, 3)
			if err != nil {
				t.Fatal(err)
			}
			if img.Width != 3*size[1] || img.Height != 3*size[0] {
				t.Fatalf("picture is %d×%d", img.Width, img.Height)
			}
			for i, part := range object {
				if shown[i] != (part > 0) {
					t.Errorf("sign %v, image %d, patch %d: foreground is %v", sign, seed, i, shown[i])
				}
				r, g, b := img.At(3*(i%size[1])+1, 3*(i/size[1])+1)
				if part == 0 && (r != 0 || g != 0 || b != 0) {
					t.Errorf("background is %d %d %d, want black", r, g, b)
				}
				reds[part] = append(reds[part], float64(r))
			}
		}
		// Red is what differs most, the half of the object.
		if math.Abs(mean(reds[1])-mean(reds[2])) < 150 {
			t.Errorf("mean red is %v above and %v below, want far apart", mean(reds[1]), mean(reds[2]))
		}
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func TestColorsWithoutForeground(t *testing.T) {
	p, _ := scene(1, 10, 12, 1)
	c, err := FitColors(context.Background(), []PatchTokens{p}, -1)
	if err != nil {
		t.Fatal(err)
	}
	_, shown, err := c.Draw(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, is := range shown {
		if !is {
			t.Fatalf("patch %d is left out", i)
		}
	}
}

func TestColorsReject(t *testing.T) {
	p, _ := scene(1, 8, 8, 1)
	_, err := FitColors(context.Background(), nil, 0.5)
	testkit.RequireError(t, err, "no image")
	_, err = FitColors(context.Background(), []PatchTokens{p}, 1)
	testkit.RequireError(t, err, "foreground threshold is 1")
	_, err = FitColors(context.Background(), []PatchTokens{p}, 0.999)
	testkit.RequireError(t, err, "lower it")
	narrow := PatchTokens{Grid{8, 8}, eval.NewMatrix(64, 3)}
	_, err = FitColors(context.Background(), []PatchTokens{p, narrow}, 0.5)
	testkit.RequireError(t, err, "tokens of image 1 have 3 columns, those of image 0 8")
	_, err = FitColors(context.Background(), []PatchTokens{{Grid{2, 2}, p.Features}}, 0.5)
	testkit.RequireError(t, err, "image 0: 64 tokens for a grid of 2×2")
	bad, _ := scene(1, 8, 8, 1)
	bad.Features.Data[8] = float32(math.NaN())
	_, err = FitColors(context.Background(), []PatchTokens{bad}, 0.5)
	testkit.RequireError(t, err, "row 1, column 0 is NaN")
	c, err := FitColors(context.Background(), []PatchTokens{p}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Draw(narrow, 1)
	testkit.RequireError(t, err, "features have 3 columns, those it was fitted on 8")
	_, _, err = c.Draw(p, 0)
	testkit.RequireError(t, err, "patches of 0 pixels")
}
