package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// slowPositions ranks by sorting everything.
func slowPositions(database, queries Matrix, q int, truth Relevance) []int {
	similarity := make([]float64, database.Rows)
	var order []int
	for i := range database.Rows {
		similarity[i] = -cosineDistance(queries.Row(q), database.Row(i))
		if !slices.Contains(truth.Junk, i) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(x, y int) bool { return similarity[order[x]] > similarity[order[y]] })
	var positions []int
	for at, row := range order {
		if slices.Contains(truth.Relevant, row) {
			positions = append(positions, at)
		}
	}
	return positions
}

func TestRetrievalAgreesWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		database := clusters(rng, rapid.IntRange(9, 90).Draw(t, "database"), 6, 3, 1.5)
		queries := clusters(rng, rapid.IntRange(1, 40).Draw(t, "queries"), 6, 3, 1.5)
		truth, err := RelevanceByClass(database, queries, false)
		if err != nil {
			t.Fatal(err)
		}
		for q := range truth {
			truth[q].Junk = []int{rng.IntN(database.Rows), rng.IntN(database.Rows)}
		}
		r := Retrieval{K: []int{1, 3, 100}, Workers: rapid.IntRange(1, 4).Draw(t, "workers")}
		score, err := r.Score(context.Background(), database.Matrix, queries.Matrix, truth)
		if err != nil {
			t.Fatal(err)
		}
		for q := range truth {
			positions := slowPositions(database.Matrix, queries.Matrix, q, truth[q])
			want := r.averagePrecision(positions)
			testkit.AllClose(t, "average precision", []float64{score.AP[q]}, []float64{want}, 1e-12)
			testkit.AllClose(t, "precision", score.QueryPrecision[q], r.precision(positions), 1e-12)
		}
	})
}

// Two relevant rows, at positions 0 and 2 of the ranking that leaves out junk.
func TestRetrievalByHand(t *testing.T) {
	database := Matrix{Rows: 5, Cols: 2, Data: []float32{1, 0, 0.95, 0.1, 0.9, 0.2, 0.8, 0.4, 0, 1}}
	queries := Matrix{Rows: 2, Cols: 2, Data: []float32{1, 0, 1, 0}}
	truth := []Relevance{{Relevant: []int{0, 3, 1}, Junk: []int{1}}, {Junk: []int{2}}}
	score, err := Retrieval{K: []int{1, 2, 9}}.Score(context.Background(), database, queries, truth)
	if err != nil {
		t.Fatal(err)
	}
	if score.Queries != 1 || score.Skipped != 1 || !math.IsNaN(score.AP[1]) {
		t.Errorf("score = %+v, want the second query left out", score)
	}
	// Trapezoids: (1 + 1/1)/2 and (1/2 + 2/3)/2, each over 2 relevant rows.
	testkit.AllClose(t, "mean AP", []float64{score.MeanAP}, []float64{(1 + (1.0/2+2.0/3)/2) / 2}, 1e-12)
	testkit.AllClose(t, "precision", score.Precision, []float64{1, 0.5, 2.0 / 3}, 1e-12)
	testkit.AllClose(t, "recall", score.Recall, []float64{1, 1, 1}, 0)

	short, err := Retrieval{K: []int{1}, Depth: 2}.Score(context.Background(), database, queries, truth)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "mean AP of the first two rows", []float64{short.MeanAP}, []float64{0.5}, 1e-12)
}

// In a collapsed network all similarities are equal, and ranks go by row.
func TestRetrievalTies(t *testing.T) {
	database, queries := NewMatrix(70, 3), NewMatrix(1, 3)
	for i := range database.Data {
		database.Data[i] = 0.3
	}
	queries.Data[0] = 1
	score, err := Retrieval{K: []int{1, 41}}.Score(context.Background(), database, queries,
		[]Relevance{{Relevant: []int{40, 7}, Junk: []int{0, 69}}})
	if err != nil {
		t.Fatal(err)
	}
	// Positions 6 and 39.
	testkit.AllClose(t, "precision", score.Precision, []float64{0, 2.0 / 40}, 1e-12)
	testkit.AllClose(t, "recall", score.Recall, []float64{0, 1}, 1e-12)
}

func TestRelevanceByClass(t *testing.T) {
	f := Features{Matrix: gaussian(1, 4, 2), Labels: []int{0, 1, 0, 2}}
	truth, err := RelevanceByClass(f, f, true)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(truth[2].Relevant, []int{0, 2}) || !slices.Equal(truth[2].Junk, []int{2}) {
		t.Errorf("relevance of row 2 is %+v, want rows 0 and 2, itself junk", truth[2])
	}
	score, err := DefaultRetrieval().Score(context.Background(), f.Matrix, f.Matrix, truth)
	if err != nil {
		t.Fatal(err)
	}
	if score.Queries != 2 || score.Skipped != 2 {
		t.Errorf("%d queries and %d skipped, want 2 and 2: two classes have one row", score.Queries, score.Skipped)
	}
	_, err = RelevanceByClass(f, Features{Matrix: gaussian(1, 1, 2), Labels: []int{0}}, true)
	testkit.RequireError(t, err, "cannot be the same set")
	_, err = RelevanceByClass(Features{Matrix: f.Matrix}, f, false)
	testkit.RequireError(t, err, "4 rows but 0 labels")
}

func TestRetrievalRejects(t *testing.T) {
	good, one := gaussian(1, 4, 3), []Relevance{{Relevant: []int{0}}}
	query := gaussian(2, 1, 3)
	for _, test := range []struct {
		r                 Retrieval
		database, queries Matrix
		truth             []Relevance
		want              string
	}{
		{Retrieval{}, good, gaussian(1, 1, 2), one, "database features have 3 columns, query features 2"},
		{Retrieval{}, good, Matrix{}, nil, "query features are [0, 0]"},
		{Retrieval{}, good, query, nil, "0 entries for 1 queries"},
		{Retrieval{}, good, query, []Relevance{{Relevant: []int{4}}}, "names row 4: the database has rows 0 to 3"},
		{Retrieval{}, good, query, []Relevance{{Junk: []int{-1}}}, "names row -1"},
		{Retrieval{}, good, query, []Relevance{{}}, "none of 1 queries has a relevant row"},
		{Retrieval{K: []int{0}}, good, query, one, "length of the answer is 0"},
		{Retrieval{Depth: -1}, good, query, one, "depth is -1"},
	} {
		_, err := test.r.Score(context.Background(), test.database, test.queries, test.truth)
		testkit.RequireError(t, err, test.want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Retrieval{}).Score(ctx, good, query, one); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
