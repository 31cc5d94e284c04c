package eval

import (
	"slices"

	"github.com/dino-go/dino/eval/internal/tile"
)

// ranker finds where the relevant rows of each query stand in its ranking, by
// decreasing similarity, equal ones by increasing row. It sorts the relevant
// rows only and counts how many of the others come before each.
type ranker struct {
	sweep
	n          int // database rows
	truth      []Relevance
	positions  [][]int   // [queries][relevant], ascending
	similarity []float32 // of the current block, [queries, n]

	first, count int
	relevant     []Neighbour // in order
	scores       []float64   // of them
	apart        []bool      // [n], junk and relevant rows of the current query
	before       []int
}

func (k *ranker) begin(first, count int) { k.first, k.count = first, count }

func (k *ranker) visit(b *tile.Block, row, rows, query, columns int) {
	for c := range columns {
		out := k.similarity[(query-k.first+c)*k.n+row:][:rows]
		for r := range out {
			out[r] = b[r*tile.Columns+c]
		}
	}
}

func (k *ranker) end() {
	if k.apart == nil {
		k.apart = make([]bool, k.n)
	}
	for q := range k.count {
		query := k.first + q
		k.setApart(query)
		k.positions[query] = k.rank(query, k.similarity[q*k.n:][:k.n])
		for _, row := range k.truth[query].Junk {
			k.apart[row] = false
		}
		for _, n := range k.relevant {
			k.apart[n.Row] = false
		}
	}
}

// setApart collects the relevant rows that are no junk, in order, and marks them
// and the junk.
func (k *ranker) setApart(query int) {
	truth := k.truth[query]
	for _, row := range truth.Junk {
		k.apart[row] = true
	}
	k.relevant, k.scores = k.relevant[:0], k.scores[:0]
	for _, row := range truth.Relevant {
		if !k.apart[row] {
			k.apart[row] = true
			k.relevant = append(k.relevant, Neighbour{Row: row, Score: k.exact(row, query)})
		}
	}
	slices.SortFunc(k.relevant, byScore)
	for _, n := range k.relevant {
		k.scores = append(k.scores, n.Score)
	}
}

// rank returns the positions of the relevant rows.
func (k *ranker) rank(query int, similarity []float32) []int {
	if len(k.relevant) == 0 {
		return nil
	}
	// before[j] counts the other rows between relevant rows j−1 and j.
	k.before = append(k.before[:0], make([]int, len(k.relevant)+1)...)
	least := float32(k.scores[len(k.scores)-1] - rankRounding)
	for row, score := range similarity {
		if score >= least && !k.apart[row] {
			k.before[k.place(query, row, score)]++
		}
	}
	positions := make([]int, len(k.relevant))
	sum := 0
	for j := range positions {
		sum += k.before[j]
		positions[j] = sum + j
	}
	return positions
}

// rankRounding is how near two similarities must be for rounding to decide which
// comes first. Where most rows are relevant, many are that near.
const rankRounding = 1e-6

// place returns how many relevant rows come before another row. Where rounding
// could decide, the similarity is computed again in float64.
func (k *ranker) place(query, row int, score float32) int {
	s := float64(score)
	j, end := 0, len(k.scores)
	for j < end {
		if middle := (j + end) / 2; k.scores[middle] > s {
			j = middle + 1
		} else {
			end = middle
		}
	}
	if j > 0 && k.scores[j-1]-s < rankRounding || j < len(k.scores) && s-k.scores[j] < rankRounding {
		j, _ = slices.BinarySearchFunc(k.relevant, Neighbour{Row: row, Score: k.exact(row, query)}, byScore)
	}
	return j
}
