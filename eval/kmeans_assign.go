package eval

import (
	"context"
	"math"
	"slices"

	"github.com/dino-go/dino/eval/internal/tile"
)

// assign gives every row to its nearest centre, the smallest number among equal
// ones, sets its squared distance, and returns how many rows changed.
func (k KMeans) assign(ctx context.Context, m Matrix, c *Clusters, distances []float64) (changed int, err error) {
	half := make([]float32, c.Centers.Rows) // ‖centre‖²/2
	for i := range half {
		half[i] = float32(dot64(c.Centers.Row(i), c.Centers.Row(i)) / 2)
	}
	next := make([]int, m.Rows)
	err = sweep{bank: c.Centers, queries: m}.run(ctx, k.Workers, func() visitor {
		return &assigner{points: m, centers: c.Centers, half: half, nearest: next, distances: distances}
	})
	for i, cluster := range next {
		if cluster != c.Assignments[i] {
			changed++
		}
	}
	c.Assignments = next
	return changed, err
}

// assigner finds the nearest centre, the one with the largest x·c − ‖c‖²/2.
type assigner struct {
	points, centers Matrix
	half            []float32
	nearest         []int
	distances       []float64

	first int
	best  []float32
}

func (a *assigner) begin(first, count int) {
	a.first = first
	a.best = slices.Repeat([]float32{float32(math.Inf(-1))}, count)
}

func (a *assigner) visit(b *tile.Block, row, rows, query, columns int) {
	best := a.best[query-a.first:][:columns]
	for r := range rows {
		for c, product := range b[r*tile.Columns:][:columns] {
			if v := product - a.half[row+r]; v > best[c] {
				best[c], a.nearest[query+c] = v, row+r
			}
		}
	}
}

func (a *assigner) end() {
	for i := range a.best {
		at := a.first + i
		a.distances[at] = squaredEuclidean(a.points.Row(at), a.centers.Row(a.nearest[at]))
	}
}
