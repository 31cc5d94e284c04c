package eval

import (
	"context"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// Groups at the corners of k perpendicular axes, with the same small noise
// everywhere, have a LiDAR of k−1: the means of k points span k−1 dimensions.
func TestLiDARCountsDiscriminantDirections(t *testing.T) {
	const k, q, cols = 5, 200, 9
	m := gaussian(3, k*q, cols)
	for i := range m.Rows {
		m.Row(i)[i/q] += 1000
	}
	score, err := LiDAR{Classes: 100, SamplesPerClass: q, Delta: 1e-4, Epsilon: 1e-8}.Score(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if score.Groups != k || math.Abs(score.LiDAR-(k-1)) > 0.05 {
		t.Errorf("LiDAR is %v of %d groups, want about %d of %d", score.LiDAR, score.Groups, k-1, k)
	}
}

// Both ways to the eigenvalues, through the groups and through the columns,
// agree: repeating all groups changes neither B·(c−1)/c nor W.
func TestLiDARManyGroups(t *testing.T) {
	few := gaussian(4, 6*3, 10)
	many := Matrix{Rows: 4 * few.Rows, Cols: few.Cols}
	for range 4 {
		many.Data = append(many.Data, few.Data...)
	}
	lidar := LiDAR{Classes: 1000, SamplesPerClass: 3, Delta: 1e-4, Epsilon: 1e-12}
	a, err := lidar.Score(context.Background(), few) // 6 groups < 10 columns
	if err != nil {
		t.Fatal(err)
	}
	b, err := lidar.Score(context.Background(), many) // 24 groups > 10 columns
	if err != nil {
		t.Fatal(err)
	}
	ratio := (24.0 / 23) / (6.0 / 5) // of B: the sum grew by 4, and c−1 from 5 to 23
	testkit.AllClose(t, "LiDAR, top eigenvalue", []float64{b.LiDAR, b.TopEigenvalue / a.TopEigenvalue},
		[]float64{a.LiDAR, ratio}, 1e-5)
}

func TestGroupViews(t *testing.T) {
	viewMajor := Matrix{Rows: 6, Cols: 1, Data: []float32{10, 20, 30, 11, 21, 31}}
	grouped, err := GroupViews(viewMajor, 2)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "grouped", grouped.Data, []float32{10, 11, 20, 21, 30, 31}, 0)
	_, err = GroupViews(viewMajor, 4)
	testkit.RequireError(t, err, "6 rows cannot be 4 views")
	_, err = GroupViews(viewMajor, 0)
	testkit.RequireError(t, err, "6 rows cannot be 0 views")
}

func TestLiDARRejects(t *testing.T) {
	m := gaussian(5, 12, 4)
	with := func(change func(*LiDAR)) LiDAR { l := DefaultLiDAR(); l.SamplesPerClass = 3; change(&l); return l }
	for _, test := range []struct {
		lidar LiDAR
		want  string
	}{
		{with(func(l *LiDAR) { l.SamplesPerClass = 7 }), "12 rows in groups of 7 make 1"},
		{with(func(l *LiDAR) { l.SamplesPerClass = 1 }), "1 views an image"},
		{with(func(l *LiDAR) { l.Classes = 1 }), "number of groups is 1"},
		{with(func(l *LiDAR) { l.Delta = -1 }), "delta is -1"},
		{with(func(l *LiDAR) { l.Epsilon = 0 }), "epsilon is 0"},
	} {
		_, err := test.lidar.Score(context.Background(), m)
		testkit.RequireError(t, err, test.want)
	}
	m.Data[0] = float32(math.Inf(1))
	_, err := with(func(*LiDAR) {}).Score(context.Background(), m)
	testkit.RequireError(t, err, "row 0, column 0 is +Inf")
}
