package vit

import (
	"fmt"

	"github.com/dino-go/dino/nets"
)

// ResamplePosEmbed computes the position embedding [P+N, D] for images of another height and width
// on the host, from the native one [P+N₀, D]: what the network puts into its graph. N =
// ⌊height/p⌋·⌊width/p⌋, and P is 0 with NoEmbedClass.
func (c Config) ResamplePosEmbed(pos []float32, size [2]int) ([]float32, error) {
	if err := nets.CheckSize(c, size); err != nil {
		return nil, err
	}
	grid, native, prefix := [2]int{size[0] / c.PatchSize, size[1] / c.PatchSize}, c.Grid(), c.PrefixTokens()
	if c.NoEmbedClass {
		prefix = 0
	}
	if want := (prefix + native[0]*native[1]) * c.EmbedDim; len(pos) != want {
		return nil, fmt.Errorf("vit: the position embedding has %d elements: must be %d, (%d + %d·%d)·%d", len(pos),
			want, prefix, native[0], native[1], c.EmbedDim)
	}
	if c.keepsPosEmbed(size, grid) {
		return pos, nil
	}
	head, table := pos[:prefix*c.EmbedDim], pos[prefix*c.EmbedDim:]
	rows, cols := c.resampleMatrix(native[0], grid[0]), c.resampleMatrix(native[1], grid[1])
	out := append(make([]float32, 0, (prefix+grid[0]*grid[1])*c.EmbedDim), head...)
	for _, row := range rows {
		for _, col := range cols {
			out = append(out, weighted(table, row, col, c.EmbedDim)...)
		}
	}
	return out, nil
}

// weighted is Σ row[i]·col[j]·table[i, j, :] for a table [len(row), len(col), width], in float64.
func weighted(table []float32, row, col []float64, width int) []float32 {
	sum := make([]float64, width)
	for i, r := range row {
		for j, s := range col {
			if w := r * s; w != 0 {
				for k, v := range table[(i*len(col)+j)*width:][:width] {
					sum[k] += w * float64(v)
				}
			}
		}
	}
	out := make([]float32, width)
	for k, v := range sum {
		out[k] = float32(v)
	}
	return out
}
