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
	relevant     []Neighbour
	junk         []bool // [n], of the current query
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
	if k.junk == nil {
		k.junk = make([]bool, k.n)
	}
	for q := range k.count {
		truth := k.truth[k.first+q]
		for _, row := range truth.Junk {
			k.junk[row] = true
		}
		k.positions[k.first+q] = k.rank(k.first+q, k.similarity[q*k.n:][:k.n], truth.Relevant)
		for _, row := range truth.Junk {
			k.junk[row] = false
		}
	}
}

// rank returns the positions of the relevant rows that are no junk.
func (k *ranker) rank(query int, similarity []float32, relevant []int) []int {
	k.relevant = k.relevant[:0]
	for _, row := range relevant {
		if !k.junk[row] {
			k.relevant = append(k.relevant, Neighbour{Row: row, Score: k.exact(row, query)})
		}
	}
	slices.SortFunc(k.relevant, byScore)
	k.relevant = slices.Compact(k.relevant)
	if len(k.relevant) == 0 {
		return nil
	}
	// before[j] counts the rows between relevant rows j−1 and j.
	k.before = append(k.before[:0], make([]int, len(k.relevant)+1)...)
	least := float32(k.relevant[len(k.relevant)-1].Score - cosineRounding)
	for row, score := range similarity {
		if score >= least && !k.junk[row] {
			k.before[k.place(query, row, score)]++
		}
	}
	positions := make([]int, len(k.relevant))
	sum := 0
	for j := range positions {
		sum += k.before[j]
		positions[j] = sum
	}
	return positions
}

// place returns how many relevant rows come before a row, itself included. Where
// rounding could decide, the similarity is computed again in float64.
func (k *ranker) place(query, row int, score float32) int {
	n := Neighbour{Row: row, Score: float64(score)}
	j, _ := slices.BinarySearchFunc(k.relevant, n, byScore)
	if j > 0 && k.relevant[j-1].Score-n.Score < cosineRounding ||
		j < len(k.relevant) && n.Score-k.relevant[j].Score < cosineRounding {
		n.Score = k.exact(row, query)
		var itself bool
		if j, itself = slices.BinarySearchFunc(k.relevant, n, byScore); itself {
			j++
		}
	}
	return j
}
