package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/dino-go/dino/eval/internal/tile"
)

// Neighbour is a row of the bank as seen from one query.
type Neighbour struct {
	Row int
	// Score orders neighbours, the largest first: a similarity, or a distance
	// with its sign turned.
	Score float64
}

// byScore orders neighbours by decreasing score, equal ones by increasing row.
func byScore(a, b Neighbour) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	}
	return cmp.Compare(a.Row, b.Row)
}

// nearest collects the k best of many neighbours that arrive in order of row.
type nearest struct {
	k    int
	kept []Neighbour // unsorted, fewer than 2k
	// floor is the score that a candidate must exceed: the k-th best when kept was last cut. A
	// candidate that equals it loses to the kept row, whose number is smaller.
	floor float64
	full  bool
}

func (n *nearest) reset(k int) {
	*n = nearest{k: k, kept: n.kept[:0]}
}

func (n *nearest) add(row int, score float64) {
	if n.full && score <= n.floor {
		return
	}
	n.kept = append(n.kept, Neighbour{Row: row, Score: score})
	if len(n.kept) >= 2*n.k {
		n.cut()
	}
}

// cut drops all but the k best.
func (n *nearest) cut() {
	if len(n.kept) < n.k {
		return
	}
	partition(n.kept, n.k)
	n.kept = n.kept[:n.k]
	n.floor, n.full = n.kept[n.k-1].Score, true
}

// sorted returns the k best, best first; the slice is valid until reset.
func (n *nearest) sorted() []Neighbour {
	n.cut()
	slices.SortFunc(n.kept, byScore)
	return n.kept
}

// partition reorders neighbours, all different, so that the k best come first,
// and the worst of those last (Hoare's quickselect).
func partition(s []Neighbour, k int) {
	low, high := 0, len(s)-1
	for low < high {
		pivot := s[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for byScore(s[i], pivot) < 0 {
				i++
			}
			for byScore(pivot, s[j]) < 0 {
				j--
			}
			if i <= j {
				s[i], s[j] = s[j], s[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return
		}
	}
}

// slack is how many neighbours beyond k the float32 pass keeps, so that the
// float64 pass can put right what float32 rounding ordered wrongly.
const slack = 16

// CosineNeighbours finds for every query the min(k, bank.Rows) rows of the bank
// with the largest cosine similarity, largest first, equal ones by row. Rows
// need not be normalised. Candidates are found with float32 dot products; the
// similarities of the answer are computed in float64. Memory beyond the answer
// does not depend on the number of columns or queries, and is 8 bytes for every
// row. workers < 1 means one a core; the answer is the same for any number. It
// fails on matrices that are empty, non-finite or of different widths, and when
// ctx is done.
func CosineNeighbours(ctx context.Context, bank, queries Matrix, k, workers int) ([][]Neighbour, error) {
	if err := checkMatrices("bank", bank, "query", queries); err != nil {
		return nil, err
	}
	if k < 1 {
		return nil, fmt.Errorf("eval: number of neighbours is %d: must be at least 1", k)
	}
	found := make([][]Neighbour, queries.Rows)
	s := neighbourSearch{sweep: cosineSweep(bank, queries), k: min(k, bank.Rows)}
	err := s.run(ctx, workers, func() func(int, []Neighbour) {
		return func(query int, near []Neighbour) { found[query] = slices.Clone(near) }
	})
	if err != nil {
		return nil, fmt.Errorf("eval: neighbours: %w", err)
	}
	return found, nil
}

// neighbourSearch finds the k nearest bank rows of every query.
type neighbourSearch struct {
	sweep
	k int
	// skip, unless nil, says which rows are no neighbours of a query.
	skip func(row, query int) bool
}

// run calls, for every query, a function that newTake made for the worker; the
// neighbours, nearest first, are only valid during the call.
func (s neighbourSearch) run(ctx context.Context, workers int, newTake func() func(query int, near []Neighbour)) error {
	return s.sweep.run(ctx, workers, func() visitor {
		return &neighbourVisitor{neighbourSearch: s, take: newTake()}
	})
}

// neighbourVisitor collects the neighbours of one block of queries.
type neighbourVisitor struct {
	neighbourSearch
	take  func(query int, near []Neighbour)
	first int
	best  []nearest
	// floors is what a product must exceed to be kept, for each query of each
	// panel.
	floors [][tile.Columns]float32
	above  [tile.Rows]uint32
}

func (v *neighbourVisitor) begin(first, count int) {
	v.first = first
	v.best = slices.Grow(v.best[:0], count)[:count]
	v.floors = slices.Grow(v.floors[:0], panels(count))[:panels(count)]
	for q := range v.best {
		v.best[q].reset(min(v.k+slack, v.bank.Rows))
		v.floors[q/tile.Columns][q%tile.Columns] = float32(math.Inf(-1))
	}
	for q := count; q < len(v.floors)*tile.Columns; q++ { // no queries
		v.floors[q/tile.Columns][q%tile.Columns] = float32(math.Inf(1))
	}
}

func (v *neighbourVisitor) visit(b *tile.Block, row, rows, query, _ int) {
	floors := &v.floors[(query-v.first)/tile.Columns]
	tile.Above(&v.above, b, floors)
	for r, candidates := range v.above[:rows] {
		for ; candidates != 0; candidates &= candidates - 1 {
			c := bits.TrailingZeros32(candidates)
			if v.skip != nil && v.skip(row+r, query+c) {
				continue
			}
			best := &v.best[query-v.first+c]
			best.add(row+r, float64(b[r*tile.Columns+c]))
			if best.full {
				floors[c] = float32(best.floor)
			}
		}
	}
}

func (v *neighbourVisitor) end() {
	for q := range v.best {
		v.take(v.first+q, v.refine(v.first+q, v.best[q].sorted()))
	}
}

// refine orders candidates by their float64 similarity, in place, and returns
// the k best.
func (v *neighbourVisitor) refine(query int, candidates []Neighbour) []Neighbour {
	for i := range candidates {
		candidates[i].Score = v.exact(candidates[i].Row, query)
	}
	slices.SortFunc(candidates, byScore)
	return candidates[:min(v.k, len(candidates))]
}
