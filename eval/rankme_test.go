package eval

import (
	"context"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// k equal, perpendicular directions have rank k.
func TestRankMeCountsDirections(t *testing.T) {
	m := NewMatrix(12, 8)
	for i := range m.Rows {
		m.Row(i)[i%3] = 5
	}
	score, err := RankMe{}.Score(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	// Singular values that should be 0 are about 1e-8 of the largest.
	if math.Abs(score.RankMe-3) > 1e-5 || score.Most != 8 {
		t.Errorf("RankMe of three directions is %v of %d, want 3 of 8", score.RankMe, score.Most)
	}
}

// A constant row added to all features is a direction for RankMe, and none for
// the effective rank.
func TestRanksOfCollapse(t *testing.T) {
	m := NewMatrix(40, 6)
	for i := range m.Data {
		m.Data[i] = float32(i%6) + 0.3
	}
	score, err := DefaultRankMe().Score(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(score.RankMe-1) > 1e-4 {
		t.Errorf("RankMe of collapsed features is %v, want 1", score.RankMe)
	}
	rank, err := EffectiveRank(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if rank != 0 {
		t.Errorf("effective rank of collapsed features is %v, want 0", rank)
	}
}

func TestEffectiveRankIgnoresTheOffset(t *testing.T) {
	m := NewMatrix(4, 5) // two perpendicular directions about (10, 10, …)
	for i := range m.Data {
		m.Data[i] = 10
	}
	m.Row(0)[0]++
	m.Row(1)[0]--
	m.Row(2)[3]++
	m.Row(3)[3]--
	rank, err := EffectiveRank(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(rank-2) > 1e-5 {
		t.Errorf("effective rank is %v, want 2", rank)
	}
}

func TestRankMeRejects(t *testing.T) {
	_, err := DefaultRankMe().Score(context.Background(), NewMatrix(3, 2))
	testkit.RequireError(t, err, "all 3 features are zero")
	_, err = DefaultRankMe().Score(context.Background(), Matrix{Cols: 3})
	testkit.RequireError(t, err, "features are [0, 3]")
	_, err = RankMe{Epsilon: -1}.Score(context.Background(), gaussian(1, 3, 3))
	testkit.RequireError(t, err, "epsilon is -1")
	bad := gaussian(1, 3, 3)
	bad.Data[4] = float32(math.NaN())
	_, err = DefaultRankMe().Score(context.Background(), bad)
	testkit.RequireError(t, err, "row 1, column 1 is NaN")
	_, err = EffectiveRank(context.Background(), bad)
	testkit.RequireError(t, err, "row 1, column 1 is NaN")
}
