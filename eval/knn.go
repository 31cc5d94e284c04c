package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// KNN is the weighted nearest-neighbour classifier of the official DINO
// evaluation (eval_knn.py; after Wu et al., "Unsupervised Feature Learning via
// Non-Parametric Instance Discrimination", 2018). Features are L2-normalised;
// of the k training rows i with the largest cosine similarity sᵢ to a test row,
// each gives its class the vote
//
//	exp(sᵢ / Temperature)
//
// and the class with the largest sum wins. Equal sums, mostly those of classes
// without any vote, go to the smaller class number.
type KNN struct {
	// K lists the numbers of neighbours to score with. One that exceeds the
	// number of training rows is lowered to it, which the score tells.
	K []int
	// Temperature is 0.07 in the official evaluation.
	Temperature float64
	// Workers is the number of goroutines; 0 means one a core.
	Workers int
}

// DefaultKNN is the setting in which DINO's k-NN results are mostly reported.
func DefaultKNN() KNN { return KNN{K: []int{20}, Temperature: 0.07} }

// MinTemperature is the smallest temperature of a [KNN]: it keeps exp(1/Temperature) times any
// number of neighbours inside float64.
const MinTemperature = 1.0 / 650

// KNNScore is the accuracy for one number of neighbours.
type KNNScore struct {
	K          int `json:"k"`            // as asked for
	Neighbours int `json:"neighbours"`   // that voted: min(K, training rows)
	Queries    int `json:"queries"`      // test rows
	Correct1   int `json:"correct_top1"` // test rows whose class has the largest vote
	// Correct5 counts the test rows whose class is among the first
	// min(5, Neighbours) by vote, classes without a vote included.
	Correct5    int   `json:"correct_top5"`
	Predictions []int `json:"-"` // [Queries], the winning class of each test row
}

// MarshalJSON adds the accuracies, top1 and top5, to the counts.
func (s KNNScore) MarshalJSON() ([]byte, error) {
	type counts KNNScore // without this method
	return json.Marshal(struct {
		counts
		Top1 float64 `json:"top1"`
		Top5 float64 `json:"top5"`
	}{counts(s), s.Top1(), s.Top5()})
}

// Top1 returns the accuracy in percent.
func (s KNNScore) Top1() float64 { return percent(s.Correct1, s.Queries) }

// Top5 returns the top-5 accuracy in percent.
func (s KNNScore) Top5() float64 { return percent(s.Correct5, s.Queries) }

func percent(part, whole int) float64 { return 100 * float64(part) / float64(whole) }

// Score classifies the test features by the training features and returns one
// score for every entry of K. A test class that has no training row counts as
// wrong. It fails on features that are empty, non-finite or of different
// widths, on training labels of a single class, and when ctx is done. Memory
// beyond the features is 8 bytes a row and a few numbers a query.
func (c KNN) Score(ctx context.Context, train, test Features) ([]KNNScore, error) {
	classes, err := checkPair(train, test)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	search := neighbourSearch{sweep: cosineSweep(train.Matrix, test.Matrix), k: min(slices.Max(c.K), train.Rows)}
	return c.score(ctx, search, train.Labels, test.Labels, classes)
}

// LeaveOneOut classifies every row by all the others. It fails like [KNN.Score].
func (c KNN) LeaveOneOut(ctx context.Context, f Features) ([]KNNScore, error) {
	classes, err := checkPair(f, f)
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	search := neighbourSearch{
		sweep: cosineSweep(f.Matrix, f.Matrix),
		k:     min(slices.Max(c.K), f.Rows-1),
		skip:  func(row, query int) bool { return row == query },
	}
	return c.score(ctx, search, f.Labels, f.Labels, classes)
}

// score lets the neighbours that search finds vote, for every entry of K.
func (c KNN) score(ctx context.Context, search neighbourSearch, bankLabels, labels []int,
	classes int,
) ([]KNNScore, error) {
	scores := make([]KNNScore, len(c.K))
	ranks := make([][]int, len(c.K)) // [K][Queries], of the right class
	for i, k := range c.K {
		scores[i] = KNNScore{
			K: k, Neighbours: min(k, search.k), Queries: len(labels),
			Predictions: make([]int, len(labels)),
		}
		ranks[i] = make([]int, len(labels))
	}
	err := search.run(ctx, c.Workers, func() func(int, []Neighbour) {
		votes := make([]float64, classes)
		return func(q int, near []Neighbour) {
			for i, s := range scores {
				c.vote(votes, near[:s.Neighbours], bankLabels)
				s.Predictions[q] = winner(votes)
				ranks[i][q] = rankOf(votes, labels[q])
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("eval: k-NN: %w", err)
	}
	for i := range scores {
		s := &scores[i]
		for _, rank := range ranks[i] {
			if rank < 1 {
				s.Correct1++
			}
			if rank < min(5, s.Neighbours) {
				s.Correct5++
			}
		}
	}
	return scores, nil
}

func (c KNN) check() error {
	if len(c.K) == 0 {
		return fmt.Errorf("eval: k-NN: no number of neighbours given: 20 is usual")
	}
	for _, k := range c.K {
		if k < 1 {
			return fmt.Errorf("eval: k-NN: number of neighbours is %d: must be at least 1", k)
		}
	}
	if !(c.Temperature >= MinTemperature) || math.IsInf(c.Temperature, 0) {
		return fmt.Errorf("eval: k-NN: temperature is %v: must be finite and at least %.4f; 0.07 is usual",
			c.Temperature, MinTemperature)
	}
	return nil
}

// vote sets votes, [classes], to the sum of the neighbours' votes by class.
func (c KNN) vote(votes []float64, neighbours []Neighbour, labels []int) {
	clear(votes)
	for _, n := range neighbours {
		votes[labels[n.Row]] += math.Exp(n.Score / c.Temperature)
	}
}

// rankOf returns how many classes come before the given one in order of
// decreasing vote, equal votes in order of class.
func rankOf(votes []float64, class int) int {
	rank := 0
	for other, v := range votes {
		if v > votes[class] || v == votes[class] && other < class {
			rank++
		}
	}
	return rank
}

// winner returns the class with the largest vote, the smallest among equals.
func winner(votes []float64) int {
	best := 0
	for class, v := range votes {
		if v > votes[best] {
			best = class
		}
	}
	return best
}
