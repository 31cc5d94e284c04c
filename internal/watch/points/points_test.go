package points

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/dino-go/dino/eval"
)

func TestLabels(t *testing.T) {
	labels, which := Labels([]string{"b", "", "a", "b"})
	if !slices.Equal(labels, []string{"a", "b"}) || !slices.Equal(which, []int{1, -1, 0, 1}) {
		t.Errorf("%v, %v", labels, which)
	}
	if labels, which := Labels([]string{"", ""}); labels == nil || len(labels) != 0 ||
		!slices.Equal(which, []int{-1, -1}) {
		t.Errorf("without labels: %v, %v", labels, which)
	}
}

// Equal rows allow fewer clusters than are asked for.
func TestClusters(t *testing.T) {
	rows := eval.Matrix{Rows: 4, Cols: 2, Data: []float32{1, 0, 1, 0, 0, 1, 0, 1}}
	k, of, err := Clusters(context.Background(), rows, 10, 1)
	if err != nil || k != 2 || of[0] != of[1] || of[2] != of[3] || of[0] == of[2] {
		t.Errorf("%d clusters, %v, %v", k, of, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Clusters(ctx, rows, 2, 1); err == nil {
		t.Error("a context that has ended is no error")
	}
}

func TestEncoded(t *testing.T) {
	if got := Encoded([]float32{1, float32(math.Inf(-1))}); got != "AACAPwAAgP8=" {
		t.Errorf("got %q", got)
	}
}
