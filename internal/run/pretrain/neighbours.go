package pretrain

import (
	"context"
	"slices"

	"github.com/dino-go/dino/eval"
)

// neighboursShown is how many neighbours of an image are kept.
const neighboursShown = 4

// nearby are the nearest neighbours of some images, by image, or why there are none.
type nearby struct {
	of  map[int][]neighbour // the nearest first
	why string
}

type neighbour struct {
	image      int
	similarity float64 // cosine
}

// nearest finds the neighbours in a bank of those followed images that are among the queries. A
// followed image is no neighbour.
func nearest(ctx context.Context, bank, queries featured, followed []int) nearby {
	bank, queries = bank.chosen(followed, false), queries.chosen(followed, true)
	near, err := eval.CosineNeighbours(ctx, bank.Matrix, queries.Matrix, neighboursShown, 0)
	if err != nil {
		return nearby{why: err.Error()}
	}
	n := nearby{of: map[int][]neighbour{}}
	for i, image := range queries.images {
		for _, one := range near[i] {
			n.of[image] = append(n.of[image], neighbour{bank.images[one.Row], one.Score})
		}
	}
	return n
}

// chosen are the rows of some images, or of all but these.
func (f featured) chosen(some []int, these bool) featured {
	other := func(image int) bool { return slices.Contains(some, image) != these }
	if !slices.ContainsFunc(f.images, other) {
		return f
	}
	out := featured{}
	out.Cols = f.Cols
	for i, image := range f.images {
		if !other(image) {
			out.Rows, out.Data, out.images = out.Rows+1, append(out.Data, f.Row(i)...), append(out.images, image)
		}
	}
	return out
}
