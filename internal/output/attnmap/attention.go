// Package attnmap turns what a vision transformer computes for an image into
// pictures: the attention of the class token, head by head, as heat maps and
// masks, and patch tokens as colours. It is pure Go and knows nothing of the
// network.
//
//   - [ClassAttention]: the class token's attention to the patches, from a block's probabilities
//   - [Mask]: the patches that hold most of it
//   - [Draw]: heat maps and masks of all heads and of their mean
//   - [Jaccard]: how well the masks of the heads cover objects
//   - [FitColors]: principal components of patch tokens as red, green and blue
//   - [SteadyColors]: the same over time, while the network changes
//   - [Sheet]: many pictures as one
package attnmap

import (
	"fmt"
	"math"
)

// Grid is how many patches an image has.
type Grid struct {
	Rows, Cols int
}

// Patches returns the number of patches.
func (g Grid) Patches() int { return g.Rows * g.Cols }

// ClassAttention returns each head's attention of the class token to the
// patches, [heads][Rows·Cols], of the softmax probabilities [heads, queries,
// tokens] of a block. The class token is the first query; the patches are the
// last tokens, after the class token and registers, if any. It fails on sizes
// that do not fit, and on probabilities that are negative or non-finite.
func ClassAttention(probabilities []float32, heads, queries, tokens int, grid Grid) ([][]float32, error) {
	if heads < 1 || queries < 1 || len(probabilities) != heads*queries*tokens {
		return nil, fmt.Errorf("attnmap: attention has %d values: must be %d heads × %d queries × %d tokens",
			len(probabilities), heads, queries, tokens)
	}
	if grid.Rows < 1 || grid.Cols < 1 || grid.Patches() >= tokens {
		return nil, fmt.Errorf("attnmap: attention has %d tokens: a grid of %d×%d patches and a class token "+
			"are %d at least", tokens, grid.Rows, grid.Cols, grid.Patches()+1)
	}
	rows := make([][]float32, heads)
	for h := range rows {
		rows[h] = probabilities[h*queries*tokens:][tokens-grid.Patches() : tokens : tokens]
		for i, v := range rows[h] {
			if !(v >= 0) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("attnmap: attention of head %d to patch %d is %v: must be a probability", h, i,
					v)
			}
		}
	}
	return rows, nil
}

// MeanHead returns the mean of the heads' attention.
func MeanHead(heads [][]float32) []float32 {
	mean := make([]float32, len(heads[0]))
	for i := range mean {
		sum := 0.0
		for _, head := range heads {
			sum += float64(head[i])
		}
		mean[i] = float32(sum / float64(len(heads)))
	}
	return mean
}

// Upsample repeats every patch's value patch times in both directions, which
// gives [Rows·patch, Cols·patch].
func Upsample[T any](values []T, grid Grid, patch int) []T {
	width := grid.Cols * patch
	out := make([]T, grid.Rows*patch*width)
	for y := range grid.Rows * patch {
		for x := range width {
			out[y*width+x] = values[y/patch*grid.Cols+x/patch]
		}
	}
	return out
}
