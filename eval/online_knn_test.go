package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// slowDistance is the definition of each distance.
func slowDistance(name Distance, a, b []float32) float64 {
	var squares, sum, dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		squares += (x - y) * (x - y)
		sum += math.Abs(x - y)
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	return map[Distance]float64{
		Euclidean: math.Sqrt(squares), SquaredEuclidean: squares, Manhattan: sum,
		Cosine: 1 - dot/math.Sqrt(aa*bb),
	}[name]
}

func TestOnlineKNNAgreesWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		name := rapid.SampledFrom([]Distance{Euclidean, SquaredEuclidean, Manhattan, Cosine}).Draw(t, "distance")
		train, test := clusters(rng, rapid.IntRange(3, 60).Draw(t, "train"), 5, 3, 1), clusters(rng, 7, 5, 3, 1)
		k := rapid.IntRange(1, train.Rows+3).Draw(t, "k")
		score, err := OnlineKNN{K: k, Temperature: 0.07, Distance: name}.Score(context.Background(), train, test)
		if err != nil {
			t.Fatal(err)
		}
		correct := 0
		for q := range test.Rows {
			order := make([]int, train.Rows)
			for i := range order {
				order[i] = i
			}
			far := func(i int) float64 { return slowDistance(name, test.Row(q), train.Row(i)) }
			sort.SliceStable(order, func(x, y int) bool { return far(order[x]) < far(order[y]) })
			votes := make([]float32, 3)
			for _, i := range order[:min(k, train.Rows)] {
				votes[train.Labels[i]] += float32(1 / (far(i) + 0.07))
			}
			for class, want := range votes {
				if got := score.Votes.Row(q)[class]; math.Abs(float64(got-want)) > 1e-4*float64(1+want) {
					t.Fatalf("query %d class %d: vote %v, want %v", q, class, got, want)
				}
			}
			if slices.Max(score.Votes.Row(q)) != score.Votes.Row(q)[score.Predictions[q]] {
				t.Fatalf("query %d: predicted %d of votes %v", q, score.Predictions[q], score.Votes.Row(q))
			}
			if score.Predictions[q] == test.Labels[q] {
				correct++
			}
		}
		if want := float64(correct) / 7; score.Accuracy != want {
			t.Fatalf("accuracy = %v, want %v", score.Accuracy, want)
		}
	})
}

func TestOnlineKNNIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	train, test := clusters(rng, 90, 6, 4, 2), clusters(rng, 50, 6, 4, 2)
	knn := OnlineKNN{K: 7, Temperature: 0.07, Distance: Euclidean, Workers: 1}
	one, err := knn.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	knn.Workers = 8
	eight, err := knn.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "votes", eight.Votes.Data, one.Votes.Data, 0)
}

func TestOnlineKNNRejects(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	good := clusters(rng, 10, 4, 2, 1)
	tests := []struct {
		knn  OnlineKNN
		want string
	}{
		{OnlineKNN{K: 0, Temperature: 1, Distance: Cosine}, "number of neighbours is 0"},
		{OnlineKNN{K: 1, Temperature: 0, Distance: Cosine}, "temperature is 0"},
		{OnlineKNN{K: 1, Temperature: math.Inf(1), Distance: Cosine}, "temperature is +Inf"},
		{OnlineKNN{K: 1, Temperature: 1, Distance: "hamming"}, `distance is "hamming": must be euclidean`},
	}
	for _, test := range tests {
		_, err := test.knn.Score(context.Background(), good, good)
		testkit.RequireError(t, err, test.want)
	}
	_, err := OnlineKNN{K: 1, Temperature: 1, Distance: Cosine}.Score(context.Background(), Features{}, good)
	testkit.RequireError(t, err, "training features are [0, 0]")
}
