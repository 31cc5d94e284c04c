package eval

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
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
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
}

// nearest collects the k best of many neighbours that arrive in order of row.
type nearest struct {
	k    int
	kept []Neighbour // unsorted, fewer than 2k
	// floor is what a newcomer must exceed: the k-th best score when kept was
	// last cut. A newcomer that equals it loses to the lower row already kept.
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

func (n *nearest) cut() {
	slices.SortFunc(n.kept, byScore)
	if len(n.kept) >= n.k {
		n.kept = n.kept[:n.k]
		n.floor, n.full = n.kept[n.k-1].Score, true
	}
}

// sorted returns the k best, best first; the slice is valid until reset.
func (n *nearest) sorted() []Neighbour {
	n.cut()
	return n.kept
}

const (
	// queryBlock and bankBlock are the rows compared at once: their product
	// bounds the memory of a worker, and a block of the bank stays in cache
	// while the queries pass over it.
	queryBlock = 64
	bankBlock  = 128
	// slack is how many neighbours beyond k the float32 pass keeps, so that the
	// float64 pass can put right what float32 rounding ordered wrongly.
	slack = 16
)

// CosineNeighbours finds for every query the min(k, bank.Rows) rows of the bank
// with the largest cosine similarity, largest first, equal ones by row. Rows
// are L2-normalised here. Candidates are found with float32 dot products; the
// similarities of the answer are float64 dot products of the normalised rows.
// Memory beyond the answer does not depend on the number of rows. workers < 1
// means one a core; the answer is the same for any number.
func CosineNeighbours(ctx context.Context, bank, queries Matrix, k, workers int) ([][]Neighbour, error) {
	bank, queries = bank.Normalized(), queries.Normalized()
	k = min(k, bank.Rows)
	found := make([][]Neighbour, queries.Rows)
	err := parallel(ctx, workers, (queries.Rows+queryBlock-1)/queryBlock, func() func(int) {
		s := cosineSearch{bank: bank, queries: queries, k: k, scores: make([]float32, queryBlock*bankBlock)}
		return func(block int) {
			first := block * queryBlock
			s.search(first, found[first:min(first+queryBlock, len(found))])
		}
	})
	return found, err
}

// cosineSearch is one worker's state of CosineNeighbours.
type cosineSearch struct {
	bank, queries Matrix // normalised rows
	k             int
	scores        []float32 // [queryBlock, bankBlock]
	best          [queryBlock]nearest
}

// search fills found with the neighbours of the queries from row first on.
func (s *cosineSearch) search(first int, found [][]Neighbour) {
	for q := range found {
		s.best[q].reset(min(s.k+slack, s.bank.Rows))
	}
	cols := s.bank.Cols
	block := s.queries.Data[first*cols : (first+len(found))*cols]
	for from := 0; from < s.bank.Rows; from += bankBlock {
		to := min(from+bankBlock, s.bank.Rows)
		dotProducts(s.scores, block, s.bank.Data[from*cols:to*cols], cols)
		for q := range found {
			for j, score := range s.scores[q*(to-from) : (q+1)*(to-from)] {
				s.best[q].add(from+j, float64(score))
			}
		}
	}
	for q := range found {
		found[q] = s.refine(first+q, s.best[q].sorted())
	}
}

// refine orders candidates by their float64 similarity and keeps the k best.
func (s *cosineSearch) refine(query int, candidates []Neighbour) []Neighbour {
	exact := slices.Clone(candidates)
	for i := range exact {
		exact[i].Score = dot64(s.queries.Row(query), s.bank.Row(exact[i].Row))
	}
	slices.SortFunc(exact, byScore)
	return exact[:s.k:s.k]
}

// parallel runs tasks 0 to n-1 on the given number of workers, each with its
// own function from newWorker, until all are done or ctx is.
func parallel(ctx context.Context, workers, n int, newWorker func() func(task int)) error {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			work := newWorker()
			for ctx.Err() == nil {
				task := int(next.Add(1)) - 1
				if task >= n {
					return
				}
				work(task)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
