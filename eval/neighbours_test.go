package eval

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
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
