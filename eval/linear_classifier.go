package eval

import (
	"context"
	"fmt"

	"github.com/dino-go/dino/eval/internal/tile"
)

// LinearClassifier gives class c of a feature vector x the logit
//
//	Weight[c]·x + Bias[c]
type LinearClassifier struct {
	Weight Matrix    // [classes, columns]
	Bias   []float32 // [classes]
}

// newLinearClassifier returns a classifier whose logits are all zero.
func newLinearClassifier(classes, cols int) LinearClassifier {
	return LinearClassifier{Weight: NewMatrix(classes, cols), Bias: make([]float32, classes)}
}

// Accuracy is how often a classifier is right.
type Accuracy struct {
	Queries  int `json:"queries"`
	Correct1 int `json:"correct_top1"`
	// Correct5 counts the rows whose class is among the min(5, classes) with the
	// largest logits; of equal ones the smaller class comes first.
	Correct5    int     `json:"correct_top5"`
	Top1        float64 `json:"top1"` // percent
	Top5        float64 `json:"top5"` // percent
	Predictions []int   `json:"-"`    // [Queries], the class with the largest logit
}

// Score classifies labelled features. It fails on features of another width
// than the classifier's, on labels that are missing, and when ctx is done. The
// result is the same for any number of workers; less than 1 means one a core.
func (l LinearClassifier) Score(ctx context.Context, f Features, workers int) (Accuracy, error) {
	if err := f.check("test"); err != nil {
		return Accuracy{}, err
	}
	if f.Cols != l.Weight.Cols {
		return Accuracy{}, fmt.Errorf("eval: linear classifier: features have %d columns, those it was trained on %d",
			f.Cols, l.Weight.Cols)
	}
	a := Accuracy{Queries: f.Rows, Predictions: make([]int, f.Rows)}
	ranks := make([]int, f.Rows)
	s := sweep{bank: l.Weight, queries: f.Matrix}
	err := s.run(ctx, workers, func() visitor {
		return &logitRanker{classifier: l, labels: f.Labels, ranks: ranks, predictions: a.Predictions}
	})
	if err != nil {
		return Accuracy{}, fmt.Errorf("eval: linear classifier: %w", err)
	}
	for _, rank := range ranks {
		if rank < 1 {
			a.Correct1++
		}
		if rank < 5 {
			a.Correct5++
		}
	}
	a.Top1, a.Top5 = percent(a.Correct1, a.Queries), percent(a.Correct5, a.Queries)
	return a, nil
}

// logitRanker finds the class with the largest logit for every row, and the rank
// of the right class.
type logitRanker struct {
	classifier  LinearClassifier
	labels      []int
	ranks       []int
	predictions []int

	first, count int
	logits       []float32 // [count, classes]
}

func (v *logitRanker) begin(first, count int) {
	v.first, v.count = first, count
	v.logits = append(v.logits[:0], make([]float32, count*len(v.classifier.Bias))...)
}

func (v *logitRanker) visit(b *tile.Block, row, rows, query, columns int) {
	classes := len(v.classifier.Bias)
	for c := range columns {
		out := v.logits[(query-v.first+c)*classes+row:][:rows]
		for r := range out {
			out[r] = b[r*tile.Columns+c] + v.classifier.Bias[row+r]
		}
	}
}

func (v *logitRanker) end() {
	classes := len(v.classifier.Bias)
	for i := range v.count {
		logits, label := v.logits[i*classes:][:classes], v.labels[v.first+i]
		best, rank := 0, 0
		for class, logit := range logits {
			if logit > logits[best] {
				best = class
			}
			if label < classes && (logit > logits[label] || logit == logits[label] && class < label) {
				rank++
			}
		}
		if label >= classes { // a class that no training row had
			rank = max(classes, 5)
		}
		v.predictions[v.first+i], v.ranks[v.first+i] = best, rank
	}
}
