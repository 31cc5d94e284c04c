package eval

import (
	"context"
	"fmt"
)

// CopyDetection scores how well edited copies find their originals, as the
// official evaluation on Copydays does (eval_copy_detection.py). The features of
// an image are its class token and the [GeM] of its patch tokens, p = 4, after
// the final norm, one after the other. They are whitened, L2-normalised and
// compared by cosine; an original beyond the first Depth rows is missed.
type CopyDetection struct {
	// Whitening is fitted on images that are neither; nil leaves it out.
	Whitening *Whitening
	// Depth is 20 in the official evaluation.
	Depth int
	// Workers is the number of goroutines; 0 means one a core.
	Workers int
}

// DefaultCopyDetection has the official depth, and no whitening.
func DefaultCopyDetection() CopyDetection { return CopyDetection{Depth: 20} }

// Score ranks the database, originals and distractors, for every query;
// originals[q] are the rows that query q is a copy of. It fails like
// [Retrieval.Score], and on features that the whitening was not fitted for.
func (c CopyDetection) Score(ctx context.Context, database, queries Matrix, originals [][]int) (RetrievalScore, error) {
	if c.Whitening != nil {
		var err error
		if database, err = c.Whitening.Apply(database); err != nil {
			return RetrievalScore{}, err
		}
		if queries, err = c.Whitening.Apply(queries); err != nil {
			return RetrievalScore{}, err
		}
	}
	truth := make([]Relevance, len(originals))
	for q, rows := range originals {
		truth[q].Relevant = rows
	}
	r := Retrieval{K: []int{1}, Depth: c.Depth, Workers: c.Workers}
	return r.Score(ctx, database, queries, truth)
}

// OriginalsByName finds for every copy the originals whose names begin with the
// same letters: the first length ones, 4 for the strong copies of Copydays, or
// all if length is 0. It fails on a copy without an original.
func OriginalsByName(originals, copies []string, length int) ([][]int, error) {
	if length < 0 {
		return nil, fmt.Errorf("eval: copies: names are compared by %d letters: must be 0 for all, or positive", length)
	}
	begin := func(name string) string {
		if length == 0 {
			return name
		}
		return name[:min(length, len(name))]
	}
	named := map[string][]int{}
	for i, name := range originals {
		named[begin(name)] = append(named[begin(name)], i)
	}
	rows := make([][]int, len(copies))
	for q, name := range copies {
		rows[q] = named[begin(name)]
		if rows[q] == nil {
			return nil, fmt.Errorf("eval: copies: no original of %q among %d: names must agree in their first %d "+
				"letters (0: in all)", name, len(originals), length)
		}
	}
	return rows, nil
}
