package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// slowGroups floods the graph of all pairs.
func slowGroups(m Matrix, threshold float64) [][]int {
	group := make([]int, m.Rows)
	for i := range group {
		group[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i := range m.Rows {
			for j := range i {
				if 1-cosineDistance(m.Row(i), m.Row(j)) >= threshold && group[i] != group[j] {
					group[i], group[j] = min(group[i], group[j]), min(group[i], group[j])
					changed = true
				}
			}
		}
	}
	var groups [][]int
	for first := range m.Rows {
		var rows []int
		for i, g := range group {
			if g == first {
				rows = append(rows, i)
			}
		}
		if len(rows) > 1 {
			groups = append(groups, rows)
		}
	}
	return groups
}

func TestDuplicatesAgreeWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		m := clusters(rng, rapid.IntRange(1, 120).Draw(t, "rows"), 4, rapid.IntRange(1, 30).Draw(t, "classes"),
			0.4).Matrix
		threshold := rapid.Float64Range(0.5, 0.999).Draw(t, "threshold")
		groups, err := Duplicates{
			Threshold: threshold,
			Workers:   rapid.IntRange(1, 5).Draw(t, "workers"),
		}.Groups(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		var rows [][]int
		for _, g := range groups {
			rows = append(rows, g.Rows)
		}
		if diff := cmp.Diff(slowGroups(m, threshold), rows); diff != "" {
			t.Fatalf("groups (-want +got):\n%s", diff)
		}
	})
}

// a–b and b–c are alike, a–c are not: one group all the same. Two equal rows
// far away are the other, with or without a scale.
func TestDuplicatesChain(t *testing.T) {
	angle := func(degrees float64) []float32 {
		return []float32{float32(math.Cos(degrees * math.Pi / 180)), float32(math.Sin(degrees * math.Pi / 180))}
	}
	rows := [][]float32{angle(0), angle(200), angle(10), angle(100), {3 * angle(200)[0], 3 * angle(200)[1]}, angle(20)}
	groups, err := Duplicates{Threshold: math.Cos(11 * math.Pi / 180)}.Groups(context.Background(),
		Matrix{Rows: len(rows), Cols: 2, Data: slices.Concat(rows...)})
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 2 || !slices.Equal(groups[0].Rows, []int{0, 2, 5}) || !slices.Equal(groups[1].Rows, []int{1, 4}) {
		t.Fatalf("groups are %v, want rows 0 2 5 and 1 4", groups)
	}
	testkit.AllClose(t, "similarity to the first", groups[0].Similarity,
		[]float64{1, math.Cos(math.Pi / 18), math.Cos(math.Pi / 9)}, 1e-6)
}

// Copies to the bit are found at the highest threshold.
func TestDuplicatesExact(t *testing.T) {
	m := gaussian(11, 60, 13)
	copy(m.Row(59), m.Row(3))
	copy(m.Row(31), m.Row(3))
	groups, err := Duplicates{Threshold: 1}.Groups(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) != 1 || !slices.Equal(groups[0].Rows, []int{3, 31, 59}) {
		t.Errorf("groups are %v, want rows 3, 31 and 59", groups)
	}
}

func TestDuplicatesRejects(t *testing.T) {
	_, err := Duplicates{Threshold: 95}.Groups(context.Background(), gaussian(1, 3, 3))
	testkit.RequireError(t, err, "threshold is 95")
	_, err = Duplicates{Threshold: 0.9}.Groups(context.Background(), Matrix{})
	testkit.RequireError(t, err, "features are [0, 0]")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Duplicates{Threshold: 0.9}).Groups(ctx, gaussian(1, 3, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
