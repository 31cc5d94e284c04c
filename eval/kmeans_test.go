package eval

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

func TestKMeansFindsClusters(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(2, 3)), 400, 8, 5, 0.2)
	c, err := DefaultKMeans(5).Fit(context.Background(), f.Matrix)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Converged || !slices.Equal(c.Sizes, []int{80, 80, 80, 80, 80}) {
		t.Errorf("sizes %v, converged %v, want five of 80", c.Sizes, c.Converged)
	}
	ofClass := map[int]int{}
	for i, class := range f.Labels {
		if seen, ok := ofClass[class]; ok && seen != c.Assignments[i] {
			t.Fatalf("row %d of class %d is in cluster %d, others in %d", i, class, c.Assignments[i], seen)
		}
		ofClass[class] = c.Assignments[i]
	}
	checkClusters(t, f.Matrix, c)
}

// checkClusters verifies what holds at a local minimum.
func checkClusters(t *testing.T, m Matrix, c Clusters) {
	t.Helper()
	inertia := 0.0
	for i := range m.Rows {
		own := squaredEuclidean(m.Row(i), c.Centers.Row(c.Assignments[i]))
		inertia += own
		for j := range c.Centers.Rows {
			if d := squaredEuclidean(m.Row(i), c.Centers.Row(j)); d < own-1e-4 {
				t.Errorf("row %d is %v from its centre, %v from that of cluster %d", i, own, d, j)
			}
		}
	}
	testkit.AllClose(t, "inertia", []float64{c.Inertia}, []float64{inertia}, 1e-9*inertia)
	for j, rows := range c.members() {
		var member Matrix
		for _, i := range rows {
			member.Data = append(member.Data, m.Row(i)...)
		}
		member.Rows, member.Cols = len(rows), m.Cols
		for col, mean := range columnMeans(member) {
			testkit.AllClose(t, "centre", []float64{float64(c.Centers.Row(j)[col])}, []float64{mean}, 1e-5)
		}
		if j > 0 && c.Sizes[j] > c.Sizes[j-1] || c.Sizes[j] != len(rows) {
			t.Errorf("sizes %v are not descending, or wrong", c.Sizes)
		}
	}
}

func TestKMeansIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	m := gaussian(13, 700, 5) // no clusters at all: the hardest case
	k := KMeans{K: 40, Seed: 7, Steps: 200, Workers: 1}
	one, err := k.Fit(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	checkClusters(t, m, one)
	k.Workers = 5
	five, err := k.Fit(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, five); diff != "" {
		t.Errorf("5 workers differ from 1:\n%s", diff)
	}
	k.Seed++
	other, err := k.Fit(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(other.Assignments, one.Assignments) {
		t.Error("another seed gives the same clusters")
	}
}

func TestKMeansRepresentatives(t *testing.T) {
	m := Matrix{Rows: 5, Cols: 1, Data: []float32{100, 0, 3, 4, 9}}
	c, err := DefaultKMeans(2).Fit(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{3, 2, 1}, {0}}, c.Representatives(m, 3)); diff != "" {
		t.Errorf("representatives (-want +got):\n%s", diff)
	}
}

// A centre that lost all its rows takes the farthest one.
func TestKMeansRefillsEmptyClusters(t *testing.T) {
	m := Matrix{Rows: 4, Cols: 1, Data: []float32{0, 1, 2, 50}}
	c := Clusters{Centers: NewMatrix(2, 1), Assignments: []int{0, 0, 0, 0}}
	if err := (KMeans{K: 2}).update(context.Background(), m, &c, []float64{0, 1, 4, 2500}); err != nil {
		t.Fatal(err)
	}
	if c.Centers.Data[1] != 50 {
		t.Errorf("centres are %v, want the empty cluster at 50", c.Centers.Data)
	}
}

func TestKMeansRejects(t *testing.T) {
	m := gaussian(1, 4, 3)
	_, err := DefaultKMeans(5).Fit(context.Background(), m)
	testkit.RequireError(t, err, "5 clusters of 4 rows")
	_, err = DefaultKMeans(0).Fit(context.Background(), m)
	testkit.RequireError(t, err, "0 clusters")
	_, err = KMeans{K: 2}.Fit(context.Background(), m)
	testkit.RequireError(t, err, "at most 0 steps")
	_, err = DefaultKMeans(3).Fit(context.Background(), Matrix{Rows: 4, Cols: 1, Data: []float32{5, 1, 5, 1}})
	testkit.RequireError(t, err, "3 clusters, but only 2 different rows")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DefaultKMeans(2).Fit(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
