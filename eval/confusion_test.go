package eval

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

func TestConfusion(t *testing.T) {
	labels := []int{0, 0, 0, 0, 2, 2, 5}
	predictions := []int{0, 0, 2, 2, 2, 0, 7}
	c, err := NewConfusion(labels, predictions)
	if err != nil {
		t.Fatal(err)
	}
	classes := []ClassScore{{0, 4, 2, 50}, {2, 2, 1, 50}, {5, 1, 0, 0}}
	if diff := cmp.Diff(classes, c.Classes()); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
	pairs := []ConfusionPair{{0, 2, 2, 50}, {2, 0, 1, 50}, {5, 7, 1, 100}}
	if diff := cmp.Diff(pairs, c.Pairs(9)); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	if got := c.Pairs(1); len(got) != 1 || got[0].Count != 2 {
		t.Errorf("the most frequent pair is %v", got)
	}
	if got := c.Balanced(); math.Abs(got-100.0/3) > 1e-12 {
		t.Errorf("balanced accuracy is %v, want 33.3", got)
	}
}

func TestConfusionRejects(t *testing.T) {
	_, err := NewConfusion([]int{1}, nil)
	testkit.RequireError(t, err, "1 labels and 0 predictions")
	_, err = NewConfusion(nil, nil)
	testkit.RequireError(t, err, "at least one")
}
