package vit

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
)

// posEmbed returns the position embedding [1, P+N, D] for a grid of patches. The prefix entries are
// kept; the patch entries are resampled separably by two constant matrices, so the gradient goes
// back through the resampling.
func (m *Model) posEmbed(scope *model.Scope, images *graph.Node, grid [2]int) *graph.Node {
	g := images.Graph()
	native, prefix := m.Grid(), m.PrefixTokens()
	if m.NoEmbedClass {
		prefix = 0
	}
	patches := native[0] * native[1]
	pos := layer.Parameter(scope, g, "pos_embed", layer.TruncNormal(0.02), 1, prefix+patches, m.EmbedDim)
	if m.keepsPosEmbed([2]int{images.Shape().Dim(2), images.Shape().Dim(3)}, grid) {
		return pos
	}
	table := graph.Reshape(graph.Slice(pos, graph.AxisRange(), graph.AxisRangeToEnd(prefix)), native[0],
		native[1]*m.EmbedDim)
	table = graph.Dot(constant(g, m.resampleMatrix(native[0], grid[0])), table).Product()
	table = graph.Reshape(table, grid[0], native[1], m.EmbedDim)
	table = graph.Einsum("wv,hvd->hwd", constant(g, m.resampleMatrix(native[1], grid[1])), table)
	table = graph.Reshape(table, 1, grid[0]*grid[1], m.EmbedDim)
	if prefix == 0 {
		return table
	}
	return graph.Concatenate([]*graph.Node{
		graph.Slice(pos, graph.AxisRange(), graph.AxisRangeFromStart(prefix)),
		table,
	}, 1)
}

// keepsPosEmbed tells whether the embedding is used as it is for images of a height and width: all
// references do so for the native number of patches, timm if the new grid is a square, the others
// if the image is one.
func (c Config) keepsPosEmbed(size, grid [2]int) bool {
	native, square := c.Grid(), grid[0] == grid[1]
	if c.PosEmbed != PosEmbedTimm {
		square = size[0] == size[1]
	}
	return grid[0]*grid[1] == native[0]*native[1] && square
}

func (c Config) resampleMatrix(old, new int) [][]float64 {
	switch c.PosEmbed {
	case PosEmbedOfficial:
		return resampleOfficial(old, new)
	case PosEmbedHF:
		return resamplePlain(old, new, float64(old)/float64(new))
	}
	return resampleTimm(old, new)
}

// resampleTimm is antialiased bicubic interpolation (a = −0.5) as a matrix [new, old]. Output i is
// centred at s·(i + ½), s = old/new; where it shrinks, the kernel is widened by s; at a border the
// weights are renormalised.
func resampleTimm(old, new int) [][]float64 {
	scale := float64(old) / float64(new)
	widen := max(scale, 1)
	weights := make([][]float64, new)
	for i := range weights {
		center := scale * (float64(i) + 0.5)
		first := max(0, int(center-2*widen+0.5))
		end := min(old, int(center+2*widen+0.5))
		row, sum := make([]float64, old), 0.0
		for j := first; j < end; j++ {
			row[j] = cubic((float64(j)-center+0.5)/widen, -0.5)
			sum += row[j]
		}
		for j := first; j < end; j++ {
			row[j] /= sum
		}
		weights[i] = row
	}
	return weights
}

// resampleOfficial is plain bicubic interpolation as a matrix [new, old]. The official code passes
// the scale factor (new + 0.1)/old, so the map is not aligned with the grid, and not the identity
// for new = old.
func resampleOfficial(old, new int) [][]float64 {
	return resamplePlain(old, new, float64(old)/(float64(new)+0.1))
}

// resamplePlain is bicubic interpolation (a = −0.75, four taps, border repeated) as a matrix [new,
// old]. Output i is centred at scale·(i + ½) − ½.
func resamplePlain(old, new int, scale float64) [][]float64 {
	weights := make([][]float64, new)
	for i := range weights {
		source := (float64(i)+0.5)*scale - 0.5
		floor := math.Floor(source)
		row := make([]float64, old)
		for tap := -1; tap <= 2; tap++ {
			j := min(max(int(floor)+tap, 0), old-1)
			row[j] += cubic(float64(tap)-(source-floor), -0.75)
		}
		weights[i] = row
	}
	return weights
}

// cubic is Keys' convolution kernel with parameter a (Keys 1981, eq. 15).
func cubic(x, a float64) float64 {
	x = math.Abs(x)
	switch {
	case x < 1:
		return (a+2)*x*x*x - (a+3)*x*x + 1
	case x < 2:
		return a*x*x*x - 5*a*x*x + 8*a*x - 4*a
	}
	return 0
}

func constant(g *graph.Graph, matrix [][]float64) *graph.Node {
	flat := make([]float32, 0, len(matrix)*len(matrix[0]))
	for _, row := range matrix {
		for _, v := range row {
			flat = append(flat, float32(v))
		}
	}
	return graph.ConstCachedTensor(g, tensors.FromFlatDataAndDimensions(flat, len(matrix), len(matrix[0])))
}
