package eval

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/eval/internal/tile"
	"github.com/dino-go/dino/internal/testkit"
)

// The k best are the same as those of a sort, in whatever order scores arrive.
func TestNearestKeepsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.IntRange(-20, 20), 1, 200).Draw(t, "scores")
		k := rapid.IntRange(1, 30).Draw(t, "k")
		var n nearest
		n.reset(k)
		var want []Neighbour
		for row, score := range scores {
			n.add(row, float64(score))
			want = append(want, Neighbour{row, float64(score)})
		}
		slices.SortFunc(want, byScore)
		if got := n.sorted(); !slices.Equal(got, want[:min(k, len(want))]) {
			t.Fatalf("the %d best are %v, want %v", k, got, want[:min(k, len(want))])
		}
	})
}

func TestPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s []Neighbour
		for row, score := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(t, "scores") {
			s = append(s, Neighbour{row, float64(score)})
		}
		k := rapid.IntRange(1, len(s)).Draw(t, "k")
		want := slices.SortedFunc(slices.Values(s), byScore)[:k]
		partition(s, k)
		if s[k-1] != want[k-1] {
			t.Fatalf("the worst of the %d best is %v, want %v", k, s[k-1], want[k-1])
		}
		if got := slices.SortedFunc(slices.Values(s[:k]), byScore); !slices.Equal(got, want) {
			t.Fatalf("the %d best are %v, want %v", k, got, want)
		}
	})
}

func TestCosineNeighboursRejects(t *testing.T) {
	good := gaussian(1, 4, 3)
	for want, search := range map[string]struct {
		bank, queries Matrix
		k             int
	}{
		"bank features are [0, 0]":                       {Matrix{}, good, 1},
		"query features are [0, 3]":                      {good, Matrix{Cols: 3}, 1},
		"bank features have 3 columns, query features 2": {good, gaussian(1, 1, 2), 1},
		"number of neighbours is 0":                      {good, good, 0},
	} {
		_, err := CosineNeighbours(context.Background(), search.bank, search.queries, search.k, 0)
		testkit.RequireError(t, err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if found, err := CosineNeighbours(ctx, good, good, 1, 0); !errors.Is(err, context.Canceled) || found != nil {
		t.Errorf("found %v, error %v, want nothing and context.Canceled", found, err)
	}
}

// A sweep that is stopped on its way ends early, and never shows a part as the
// whole.
func TestSweepStops(t *testing.T) {
	m := gaussian(2, 5000, 3)
	ctx, cancel := context.WithCancel(context.Background())
	v := &stopper{cancel: cancel}
	err := cosineSweep(m, m).run(ctx, 1, func() visitor { return v })
	if !errors.Is(err, context.Canceled) || v.ended || v.seen >= m.Rows {
		t.Errorf("error %v, ended %v, saw %d of %d rows", err, v.ended, v.seen, m.Rows)
	}
}

// stopper cancels its sweep at the first visit.
type stopper struct {
	cancel context.CancelFunc
	seen   int
	ended  bool
}

func (s *stopper) begin(_, _ int) {}
func (s *stopper) end()           { s.ended = true }

func (s *stopper) visit(_ *tile.Block, row, rows, _, _ int) {
	s.cancel()
	s.seen = row + rows
}
