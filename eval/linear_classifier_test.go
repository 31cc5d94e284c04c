package eval

import (
	"context"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestLinearClassifierScore(t *testing.T) {
	// Logits x, −x, 0.5, 0, −1, −2, −3.
	l := newLinearClassifier(7, 1)
	l.Weight.Data[0], l.Weight.Data[1] = 1, -1
	copy(l.Bias, []float32{0, 0, 0.5, 0, -1, -2, -3})
	f := Features{Matrix: Matrix{Rows: 5, Cols: 1, Data: []float32{1, -1, 0.2, 5, 0}}, Labels: []int{0, 1, 0, 6, 9}}
	a, err := l.Score(context.Background(), f, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Predictions, []int{0, 1, 2, 0, 2}) {
		t.Errorf("predictions are %v", a.Predictions)
	}
	// Row 3 belongs to the seventh class of seven by logit, and row 4 to none.
	if a.Correct1 != 2 || a.Correct5 != 3 || a.Top1 != 40 || a.Top5 != 60 {
		t.Errorf("accuracy is %+v, want 2 and 3 of 5", a)
	}
}

// Equal logits rank by class, so that a prediction is counted as it is made.
func TestLinearClassifierTies(t *testing.T) {
	l := newLinearClassifier(6, 1)
	f := Features{Matrix: NewMatrix(6, 1), Labels: []int{0, 1, 2, 3, 4, 5}}
	a, err := l.Score(context.Background(), f, 0)
	if err != nil {
		t.Fatal(err)
	}
	if a.Correct1 != 1 || a.Correct5 != 5 {
		t.Errorf("%d and %d correct of six equal logits, want 1 and 5", a.Correct1, a.Correct5)
	}
}

func TestLinearClassifierRejects(t *testing.T) {
	l := newLinearClassifier(2, 3)
	_, err := l.Score(context.Background(), Features{Matrix: gaussian(1, 2, 4), Labels: []int{0, 1}}, 0)
	testkit.RequireError(t, err, "features have 4 columns, those it was trained on 3")
	_, err = l.Score(context.Background(), Features{Matrix: gaussian(1, 2, 3)}, 0)
	testkit.RequireError(t, err, "2 rows but 0 labels")
}
