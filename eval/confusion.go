package eval

import (
	"cmp"
	"fmt"
	"slices"
)

// ClassScore is how well one class was recognised.
type ClassScore struct {
	Class    int     `json:"class"`
	Queries  int     `json:"queries"`
	Correct  int     `json:"correct"`
	Accuracy float64 `json:"accuracy"` // percent
}

// ConfusionPair counts the rows of one class that were taken for another.
type ConfusionPair struct {
	Class     int     `json:"class"`
	Predicted int     `json:"predicted"`
	Count     int     `json:"count"`
	Share     float64 `json:"share"` // of the class's rows, percent
}

// Confusion counts predictions by right and predicted class. It stores the
// pairs that occur, so that thousands of classes cost nothing.
type Confusion struct {
	rows   map[int]int    // rows of each class
	counts map[[2]int]int // by class and prediction
}

// NewConfusion counts predictions [n] against labels [n]. It fails if their
// numbers differ or there are none.
func NewConfusion(labels, predictions []int) (Confusion, error) {
	if len(labels) == 0 || len(labels) != len(predictions) {
		return Confusion{}, fmt.Errorf("eval: confusion: %d labels and %d predictions: need equally many, and "+
			"at least one", len(labels), len(predictions))
	}
	c := Confusion{rows: map[int]int{}, counts: map[[2]int]int{}}
	for i, class := range labels {
		c.rows[class]++
		c.counts[[2]int{class, predictions[i]}]++
	}
	return c, nil
}

// Classes returns the score of every class that has a row, by class number.
func (c Confusion) Classes() []ClassScore {
	var scores []ClassScore
	for class, rows := range c.rows {
		correct := c.counts[[2]int{class, class}]
		scores = append(scores, ClassScore{
			Class: class, Queries: rows, Correct: correct,
			Accuracy: percent(correct, rows),
		})
	}
	slices.SortFunc(scores, func(a, b ClassScore) int { return cmp.Compare(a.Class, b.Class) })
	return scores
}

// Balanced returns the mean of the classes' accuracies in percent, in which a
// small class counts as much as a large one.
func (c Confusion) Balanced() float64 {
	scores := c.Classes()
	sum := 0.0
	for _, s := range scores {
		sum += s.Accuracy
	}
	return sum / float64(len(scores))
}

// Pairs returns the most frequent confusions, at most n of them, the largest
// count first, then by class and prediction.
func (c Confusion) Pairs(n int) []ConfusionPair {
	var pairs []ConfusionPair
	for pair, count := range c.counts {
		if pair[0] != pair[1] {
			pairs = append(pairs, ConfusionPair{
				Class: pair[0], Predicted: pair[1], Count: count,
				Share: percent(count, c.rows[pair[0]]),
			})
		}
	}
	slices.SortFunc(pairs, func(a, b ConfusionPair) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Class, b.Class),
			cmp.Compare(a.Predicted, b.Predicted))
	})
	return pairs[:min(n, len(pairs))]
}
