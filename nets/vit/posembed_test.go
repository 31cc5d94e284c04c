package vit

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/nets"
)

// sparse is a row of a resampling matrix: weights from a first column on.
type sparse struct {
	first   int
	weights []float64
}

func checkRow(t *testing.T, name string, got []float64, want sparse) {
	t.Helper()
	dense := make([]float64, len(got))
	copy(dense[want.first:], want.weights)
	testkit.AllClose(t, name, got, dense, 1e-8)
}

// The rows were computed by the reference implementations: torch's antialiased bicubic
// interpolation from 14 to 6.
func TestResampleTimmRows(t *testing.T) {
	rows := resampleTimm(14, 6)
	for i, want := range []sparse{
		{0, []float64{0.383064516, 0.439516129, 0.213709677, 0, -0.032258065, -0.004032258}},
		{0, []float64{
			-0.030902349, 0.045735476, 0.279357231, 0.423980222, 0.279357231, 0.045735476, -0.030902349,
			-0.012360939,
		}},
		{1, []float64{
			-0.003745318, -0.029962547, 0, 0.198501873, 0.4082397, 0.355805243, 0.116104869, -0.02247191,
			-0.02247191, 0,
		}},
	} {
		checkRow(t, fmt.Sprintf("row %d", i), rows[i], want)
		slices.Reverse(rows[5-i])
		checkRow(t, fmt.Sprintf("row %d, reversed", 5-i), rows[5-i], want)
	}
}

// The official code from 14 to 6, a local crop of 96 pixels, and to 30, an image of 480.
func TestResampleOfficialRows(t *testing.T) {
	rows := resampleOfficial(14, 6)
	for i, want := range []sparse{
		{0, []float64{0.335622255, 0.77521976, -0.110842014}},
		{1, []float64{-0.002327425, 0.04773486, 0.992828833, -0.038236268}},
		{4, []float64{-0.103596639, 0.889655825, 0.246245143, -0.032304328}},
		{6, []float64{-0.087225776, 0.550358152, 0.636335613, -0.09946799}},
		{8, []float64{-0.018396777, 0.167166938, 0.939709574, -0.088479735}},
		{11, []float64{-0.070931735, 0.968310261, 0.102621475}},
	} {
		checkRow(t, fmt.Sprintf("14 to 6, row %d", i), rows[i], want)
	}
	rows = resampleOfficial(14, 30)
	checkRow(t, "14 to 30, row 0", rows[0], sparse{0, []float64{1.107640286, -0.107640286}})
	checkRow(t, "14 to 30, row 1", rows[1], sparse{0, []float64{0.826299886, 0.197213374, -0.02351326}})
}

// torch's bicubic interpolation to a size, without antialiasing, as transformers calls it.
func TestResampleHFRows(t *testing.T) {
	rows := Config{PosEmbed: PosEmbedHF}.resampleMatrix(14, 6)
	checkRow(t, "14 to 6, row 0", rows[0], sparse{0, []float64{0.314814815, 0.796296296, -0.111111111}})
	checkRow(t, "14 to 6, row 1", rows[1], sparse{3, []float64{1}})
	checkRow(t, "14 to 6, row 2", rows[2], sparse{4, []float64{-0.111111111, 0.796296296, 0.37037037, -0.055555556}})
	rows = Config{PosEmbed: PosEmbedHF}.resampleMatrix(5, 9)
	checkRow(t, "5 to 9, row 0", rows[0], sparse{0, []float64{1.100823045, -0.100823045}})
	checkRow(t, "5 to 9, row 1", rows[1], sparse{0, []float64{0.685185185, 0.37037037, -0.055555556}})
	checkRow(t, "5 to 9, row 2", rows[2], sparse{0, []float64{0.091906722, 0.9739369, -0.065843621}})
}

func TestResamplingRowsSumToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, new := rapid.IntRange(1, 64).Draw(t, "old"), rapid.IntRange(1, 64).Draw(t, "new")
		timm, official := resampleTimm(old, new), resampleOfficial(old, new)
		for name, matrix := range map[string][][]float64{"timm": timm, "official": official} {
			if len(matrix) != new {
				t.Fatalf("%s: %d rows, want %d", name, len(matrix), new)
			}
			for i, row := range matrix {
				sum := 0.0
				for _, w := range row {
					sum += w
				}
				if len(row) != old || math.Abs(sum-1) > 1e-12 {
					t.Errorf("%s: row %d has %d weights with sum %v", name, i, len(row), sum)
				}
			}
		}
		for i := range new {
			mirrored := slices.Clone(timm[new-1-i])
			slices.Reverse(mirrored)
			testkit.AllClose(t, fmt.Sprintf("timm, row %d and its mirror image", i), mirrored, timm[i], 1e-12)
		}
	})
}

func TestResampleTimmIsTheIdentityAtTheNativeSize(t *testing.T) {
	for n := 1; n <= 40; n++ {
		for i, row := range resampleTimm(n, n) {
			want := make([]float64, n)
			want[i] = 1
			testkit.AllClose(t, fmt.Sprintf("%d of %d", i, n), row, want, 1e-15)
		}
	}
}

func TestResampleOfficialIsNotTheIdentityAtTheNativeSize(t *testing.T) {
	if row := resampleOfficial(14, 14)[13]; math.Abs(row[13]-1) < 1e-3 {
		t.Errorf("the last row is %v: the scale factor is 14.1/14, not 1", row)
	}
}

// slowWeight is the weight of input j in output i, written as a function of both in place of a
// window of taps.
func slowWeight(mode string, old, new, i, j int) float64 {
	if mode == PosEmbedOfficial {
		source, sum := (float64(i)+0.5)*float64(old)/(float64(new)+0.1)-0.5, 0.0
		for tap := -2; tap < old+2; tap++ { // a border repeats the outermost input
			if min(max(tap, 0), old-1) == j {
				sum += cubic(float64(tap)-source, -0.75)
			}
		}
		return sum
	}
	scale := float64(old) / float64(new)
	center, widen := scale*(float64(i)+0.5), max(scale, 1)
	kernel := func(j int) float64 { return cubic((float64(j)+0.5-center)/widen, -0.5) }
	total := 0.0
	for k := range old {
		total += kernel(k)
	}
	return kernel(j) / total
}

// slowResample is the two-dimensional sum over all inputs for a table [rows, cols, d].
func slowResample(mode string, table []float32, from, to [2]int, d int) []float64 {
	out := make([]float64, to[0]*to[1]*d)
	for i := range to[0] {
		for j := range to[1] {
			for u := range from[0] {
				for v := range from[1] {
					w := slowWeight(mode, from[0], to[0], i, u) * slowWeight(mode, from[1], to[1], j, v)
					for k := range d {
						out[(i*to[1]+j)*d+k] += w * float64(table[(u*from[1]+v)*d+k])
					}
				}
			}
		}
	}
	return out
}

func TestPositionEmbeddingEqualsTheTwoDimensionalSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 6)
		native, grid := [2]int{side.Draw(t, "rows"), side.Draw(t, "cols")},
			[2]int{side.Draw(t, "new rows"), side.Draw(t, "new cols")}
		const patch, d = 3, 2
		c := Custom(0, patch, d, 1, 1)
		c.ImageSize = [2]int{native[0] * patch, native[1] * patch}
		c.RegTokens, c.NoEmbedClass = rapid.IntRange(0, 2).Draw(t, "registers"), rapid.Bool().Draw(t, "no_embed_class")
		c.PosEmbed = rapid.SampledFrom([]string{PosEmbedTimm, PosEmbedOfficial}).Draw(t, "mode")
		height, width := grid[0]*patch, grid[1]*patch
		if c.PosEmbed == PosEmbedOfficial { // surplus pixels are ignored
			height, width = height+rapid.IntRange(0, patch-1).Draw(t, "surplus rows"),
				width+rapid.IntRange(0, patch-1).Draw(t, "surplus cols")
		}
		prefix := c.PrefixTokens()
		if c.NoEmbedClass {
			prefix = 0
		}
		stored := graphtest.Normal(rapid.Uint64().Draw(t, "seed"), (prefix+native[0]*native[1])*d)
		got := resampled(t, c, stored, height, width)

		want := graphtest.Float64s(stored)
		square := grid[0] == grid[1]
		if c.PosEmbed == PosEmbedOfficial {
			square = height == width
		}
		if grid[0]*grid[1] != native[0]*native[1] || !square {
			want = append(want[:prefix*d:prefix*d], slowResample(c.PosEmbed, stored[prefix*d:], native, grid, d)...)
		}
		testkit.AllClose(t, "position embedding", graphtest.Float64s(got), want, 1e-5)
	})
}

// resampled runs the network on images of a size and returns the position embedding that it used.
func resampled(t *rapid.T, c Config, stored []float32, height, width int) []float32 {
	network, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if _, err := store.CreateVariable("/pos_embed",
		graphtest.Tensor(stored, 1, len(stored)/c.EmbedDim, c.EmbedDim)); err != nil {
		t.Fatal(err)
	}
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := network.Trace(scope, in[0], nets.Want{})
		if want := [2]int{height / c.PatchSize, width / c.PatchSize}; out.Grid != want {
			t.Errorf("the grid of %d×%d pixels is %v, want %v", height, width, out.Grid, want)
		}
		return []*graph.Node{out.PosEmbed, out.Features}
	}, graphtest.Tensor(make([]float32, 3*height*width), 1, 3, height, width))
	return graphtest.Floats(outputs[0])
}
