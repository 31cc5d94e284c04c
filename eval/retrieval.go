package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dino-go/dino/eval/internal/tile"
)

// Relevance says which rows of the database answer one query.
type Relevance struct {
	Relevant []int // rows that should come first
	Junk     []int // rows that are left out of the ranking, also where they are in Relevant
}

// Retrieval ranks a database by cosine similarity to each query and scores the
// ranking as the revisited Oxford and Paris benchmarks do (Radenović et al.,
// "Revisiting Oxford and Paris: Large-Scale Image Retrieval Benchmarking",
// 2018). Without the junk, let the R relevant rows stand at the positions
// r₀ < r₁ < …, counted from 0. The average precision is the area of trapezoids
//
//	AP = Σⱼ ½·(j/rⱼ + (j+1)/(rⱼ+1))/R,  j/rⱼ = 1 for rⱼ = 0
//
// Queries without a relevant row are left out of all means.
type Retrieval struct {
	// K lists the lengths of the answer for precision and recall.
	K []int
	// Depth cuts the ranking off: relevant rows after the first Depth are
	// missed. 0 means that the ranking is complete.
	Depth int
	// Workers is the number of goroutines; 0 means one a core.
	Workers int
}

// DefaultRetrieval has the answer lengths of the revisited benchmarks.
func DefaultRetrieval() Retrieval { return Retrieval{K: []int{1, 5, 10}} }

// RetrievalScore is what Retrieval finds.
type RetrievalScore struct {
	Queries int     `json:"queries"` // with a relevant row
	Skipped int     `json:"skipped"` // without one
	MeanAP  float64 `json:"map"`
	K       []int   `json:"k"`
	// Precision is the mean share of relevant rows among the first
	// c = min(K, position of the last relevant row), positions from 1.
	Precision []float64 `json:"precision"` // [K]
	// Recall is the share of queries with at least one relevant row among the
	// first K, the recall@K of the metric learning literature.
	Recall []float64 `json:"recall"` // [K]

	AP             []float64   `json:"-"` // [all queries], NaN without a relevant row
	QueryPrecision [][]float64 `json:"-"` // [all queries][K], likewise
}

// RelevanceByClass makes the rows of a query's class relevant to it. same says
// that queries and database are one set, in which a query does not find itself.
func RelevanceByClass(database, queries Features, same bool) ([]Relevance, error) {
	if _, err := checkPair(database, queries); err != nil {
		return nil, err
	}
	if same && database.Rows != queries.Rows {
		return nil, fmt.Errorf("eval: retrieval: %d database rows and %d queries cannot be the same set", database.Rows,
			queries.Rows)
	}
	members := map[int][]int{}
	for i, class := range database.Labels {
		members[class] = append(members[class], i)
	}
	truth := make([]Relevance, queries.Rows)
	for q, class := range queries.Labels {
		truth[q].Relevant = members[class]
		if same {
			truth[q].Junk = []int{q}
		}
	}
	return truth, nil
}

// Score ranks the database [n, D] for the queries [m, D] and scores the ranking
// by the truth, one entry a query. It fails on features that are empty,
// non-finite or of different widths, on rows that the database lacks, when no query
// has a relevant row, and when ctx is done. A worker needs 128·n bytes.
func (r Retrieval) Score(ctx context.Context, database, queries Matrix, truth []Relevance) (RetrievalScore, error) {
	if err := checkMatrices("database", database, "query", queries); err != nil {
		return RetrievalScore{}, err
	}
	if err := r.check(database, queries, truth); err != nil {
		return RetrievalScore{}, err
	}
	positions := make([][]int, queries.Rows)
	s := cosineSweep(database, queries)
	s.most = tile.Columns
	err := s.run(ctx, r.Workers, func() visitor {
		return &ranker{
			sweep: s, n: database.Rows, truth: truth, positions: positions,
			similarity: make([]float32, tile.Columns*database.Rows),
		}
	})
	if err != nil {
		return RetrievalScore{}, fmt.Errorf("eval: retrieval: %w", err)
	}
	return r.summarize(positions)
}

// summarize scores the positions of the relevant rows of every query.
func (r Retrieval) summarize(positions [][]int) (RetrievalScore, error) {
	s := RetrievalScore{K: r.K, Precision: make([]float64, len(r.K)), Recall: make([]float64, len(r.K))}
	for _, at := range positions {
		s.AP = append(s.AP, r.averagePrecision(at))
		s.QueryPrecision = append(s.QueryPrecision, r.precision(at))
		if len(at) == 0 {
			s.Skipped++
			continue
		}
		s.Queries++
		s.MeanAP += s.AP[len(s.AP)-1]
		for i, k := range r.K {
			s.Precision[i] += s.QueryPrecision[len(s.AP)-1][i]
			if at[0] < k {
				s.Recall[i]++
			}
		}
	}
	if s.Queries == 0 {
		return RetrievalScore{}, fmt.Errorf("eval: retrieval: none of %d queries has a relevant row in the database",
			s.Skipped)
	}
	s.MeanAP /= float64(s.Queries)
	for i := range r.K {
		s.Precision[i] /= float64(s.Queries)
		s.Recall[i] /= float64(s.Queries)
	}
	return s, nil
}

// averagePrecision returns AP for the positions of the relevant rows.
func (r Retrieval) averagePrecision(positions []int) float64 {
	if len(positions) == 0 {
		return math.NaN()
	}
	ap := 0.0
	for j, at := range positions {
		if r.Depth > 0 && at >= r.Depth {
			break
		}
		before := 1.0
		if at > 0 {
			before = float64(j) / float64(at)
		}
		ap += (before + float64(j+1)/float64(at+1)) / 2
	}
	return ap / float64(len(positions))
}

// precision returns the precision for each K.
func (r Retrieval) precision(positions []int) []float64 {
	precision := make([]float64, len(r.K))
	for i, k := range r.K {
		if len(positions) == 0 {
			precision[i] = math.NaN()
			continue
		}
		cut := min(k, positions[len(positions)-1]+1)
		found, _ := slices.BinarySearch(positions, cut)
		precision[i] = float64(found) / float64(cut)
	}
	return precision
}

func (r Retrieval) check(database, queries Matrix, truth []Relevance) error {
	if len(truth) != queries.Rows {
		return fmt.Errorf("eval: retrieval: ground truth has %d entries for %d queries", len(truth), queries.Rows)
	}
	for q, t := range truth {
		for _, rows := range [][]int{t.Relevant, t.Junk} {
			for _, row := range rows {
				if row < 0 || row >= database.Rows {
					return fmt.Errorf("eval: retrieval: ground truth of query %d names row %d: the database has "+
						"rows 0 to %d", q, row, database.Rows-1)
				}
			}
		}
	}
	for _, k := range r.K {
		if k < 1 {
			return fmt.Errorf("eval: retrieval: length of the answer is %d: must be at least 1", k)
		}
	}
	if r.Depth < 0 {
		return fmt.Errorf("eval: retrieval: depth is %d: must be 0 for all rows, or positive", r.Depth)
	}
	return nil
}
