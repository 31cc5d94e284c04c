package eval

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
)

// clusters draws features of the given number of classes around one random
// centre each.
func clusters(rng *rand.Rand, rows, cols, classes int, spread float64) Features {
	centres := rand.New(rand.NewPCG(1, uint64(classes)))
	centre := NewMatrix(classes, cols)
	for i := range centre.Data {
		centre.Data[i] = float32(centres.NormFloat64())
	}
	f := Features{Matrix: NewMatrix(rows, cols)}
	for i := range rows {
		class := i % classes
		f.Labels = append(f.Labels, class)
		for j, v := range centre.Row(class) {
			f.Row(i)[j] = v + float32(spread*rng.NormFloat64())
		}
	}
	return f
}

// slowKNN is the classifier as its definition reads: all similarities, sorted,
// in float64. It returns the ranking of the classes for every query.
func slowKNN(train, test Features, k, classes int, temperature float64) [][]int {
	var rankings [][]int
	for q := range test.Rows {
		similarity := make([]float64, train.Rows)
		order := make([]int, train.Rows)
		for i := range order {
			order[i] = i
			var dot, a, b float64
			for c := range train.Cols {
				x, y := float64(test.Data[q*test.Cols+c]), float64(train.Data[i*train.Cols+c])
				dot, a, b = dot+x*y, a+x*x, b+y*y
			}
			similarity[i] = dot / math.Sqrt(a) / math.Sqrt(b)
		}
		sort.SliceStable(order, func(x, y int) bool { return similarity[order[x]] > similarity[order[y]] })
		votes := make([]float64, classes)
		for _, i := range order[:min(k, len(order))] {
			votes[train.Labels[i]] += math.Exp(similarity[i] / temperature)
		}
		ranking := make([]int, classes)
		for c := range ranking {
			ranking[c] = c
		}
		sort.SliceStable(ranking, func(x, y int) bool { return votes[ranking[x]] > votes[ranking[y]] })
		rankings = append(rankings, ranking)
	}
	return rankings
}

func TestKNNAgreesWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		classes := rapid.IntRange(2, 9).Draw(t, "classes")
		cols := rapid.IntRange(2, 40).Draw(t, "cols")
		// Sizes on both sides of the block sizes.
		train := clusters(rng, rapid.IntRange(classes, 260).Draw(t, "train"), cols, classes, 1.5)
		test := clusters(rng, rapid.IntRange(1, 70).Draw(t, "test"), cols, classes, 1.5)
		k := rapid.IntRange(1, train.Rows+5).Draw(t, "k")
		scores, err := KNN{K: []int{k}, Temperature: 0.1}.Score(context.Background(), train, test)
		if err != nil {
			t.Fatal(err)
		}
		correct1, correct5 := 0, 0
		for q, ranking := range slowKNN(train, test, k, classes, 0.1) {
			if ranking[0] == test.Labels[q] {
				correct1++
			}
			if slices.Contains(ranking[:min(5, k, train.Rows, classes)], test.Labels[q]) {
				correct5++
			}
			if scores[0].Predictions[q] != ranking[0] {
				t.Fatalf("query %d: predicted %d, want %d", q, scores[0].Predictions[q], ranking[0])
			}
		}
		if s := scores[0]; s.Correct1 != correct1 || s.Correct5 != correct5 || s.Neighbours != min(k, train.Rows) {
			t.Fatalf("score = %d, %d correct of %d neighbours, want %d, %d of %d",
				s.Correct1, s.Correct5, s.Neighbours, correct1, correct5, min(k, train.Rows))
		}
	})
}

func TestKNNIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	train, test := clusters(rng, 700, 24, 6, 2), clusters(rng, 300, 24, 6, 2)
	var first [][]Neighbour
	for _, workers := range []int{1, 2, 8, 100} {
		found, err := CosineNeighbours(context.Background(), train.Matrix, test.Matrix, 20, workers)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = found
		}
		for q := range found {
			if !slices.Equal(found[q], first[q]) {
				t.Fatalf("query %d: %d workers find %v, one finds %v", q, workers, found[q], first[q])
			}
		}
	}
}

// In a collapsed network all features are equal: neighbours are then the first
// rows, and a tie of votes goes to the smaller class.
func TestKNNTies(t *testing.T) {
	train := Features{Matrix: NewMatrix(300, 3), Labels: make([]int, 300)}
	for i := range train.Data {
		train.Data[i] = 0.3
	}
	for i := range train.Labels {
		train.Labels[i] = (i + 2) % 3
	}
	test := Features{Matrix: Matrix{Rows: 1, Cols: 3, Data: []float32{1, 1, 1}}, Labels: []int{2}}
	found, err := CosineNeighbours(context.Background(), train.Matrix, test.Matrix, 150, 0)
	if err != nil {
		t.Fatal(err)
	}
	for j, n := range found[0] {
		if n.Row != j {
			t.Fatalf("neighbour %d of equal ones is row %d, want %d", j, n.Row, j)
		}
	}
	scores, err := KNN{K: []int{1, 2, 6}, Temperature: 0.07}.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	// Labels run 2 0 1 2 0 1 …
	for i, want := range []int{2, 0, 0} {
		if got := scores[i].Predictions[0]; got != want {
			t.Errorf("k %d: predicted %d, want %d", scores[i].K, got, want)
		}
	}
}

func TestKNNAcceptsZeroRows(t *testing.T) {
	train := Features{Matrix: Matrix{Rows: 2, Cols: 2, Data: []float32{1, 0, 0, 1}}, Labels: []int{1, 0}}
	test := Features{Matrix: NewMatrix(1, 2), Labels: []int{1}}
	scores, err := KNN{K: []int{1}, Temperature: 0.07}.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if scores[0].Correct1 != 1 {
		t.Errorf("a row of zeros is as near to all rows: want the first one's class, got %v", scores[0].Predictions)
	}
}

func TestKNNScorePercent(t *testing.T) {
	s := KNNScore{Queries: 8, Correct1: 3, Correct5: 6}
	if s.Top1() != 37.5 || s.Top5() != 75 {
		t.Errorf("top1 %v, top5 %v, want 37.5 and 75", s.Top1(), s.Top5())
	}
}

func TestKNNScoreJSON(t *testing.T) {
	text, err := json.Marshal(KNNScore{
		K: 20, Neighbours: 9, Queries: 8, Correct1: 3, Correct5: 6,
		Predictions: []int{1},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"k":20,"neighbours":9,"queries":8,"correct_top1":3,"correct_top5":6,"top1":37.5,"top5":75}`
	if string(text) != want {
		t.Errorf("JSON is %s, want %s", text, want)
	}
}

func TestKNNCountsUnseenClassAsWrong(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	train, test := clusters(rng, 20, 4, 2, 0.1), clusters(rng, 4, 4, 2, 0.1)
	test.Labels[0] = 7
	scores, err := DefaultKNN().Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if s := scores[0]; s.Correct1 != 3 || s.Neighbours != 20 {
		t.Errorf("%d correct with %d neighbours, want 3 with 20", s.Correct1, s.Neighbours)
	}
}

func TestKNNRejects(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	good := func() Features { return clusters(rng, 10, 4, 2, 1) }
	with := func(change func(*Features)) Features { f := good(); change(&f); return f }
	nan := with(func(f *Features) { f.Data[4*3+2] = float32(math.NaN()) })
	infinite := with(func(f *Features) { f.Data[0] = float32(math.Inf(-1)) })
	oneClass := with(func(f *Features) { clear(f.Labels) })
	negative := with(func(f *Features) { f.Labels[9] = -1 })
	fewLabels := with(func(f *Features) { f.Labels = f.Labels[:9] })
	torn := with(func(f *Features) { f.Data = f.Data[:39] })
	wide := clusters(rng, 10, 5, 2, 1)
	knn := DefaultKNN()
	tests := []struct {
		name        string
		knn         KNN
		train, test Features
		want        string
	}{
		{"nan", knn, nan, good(), "training features: row 3, column 2 is NaN"},
		{"infinite", knn, good(), infinite, "test features: row 0, column 0 is -Inf"},
		{"no training rows", knn, Features{}, good(), "training features are [0, 0]"},
		{"no test rows", knn, good(), Features{Matrix: Matrix{Cols: 4}}, "test features are [0, 4]"},
		{"data too short", knn, torn, good(), "have 39 values, not 40"},
		{"one class", knn, oneClass, good(), "all 10 training labels are class 0"},
		{"unlabelled", knn, good(), negative, "label of row 9 is -1"},
		{"few labels", knn, fewLabels, good(), "10 rows but 9 labels"},
		{"widths", knn, good(), wide, "training features have 4 columns, test features 5"},
		{"no k", KNN{Temperature: 1}, good(), good(), "no number of neighbours"},
		{"k 0", KNN{K: []int{5, 0}, Temperature: 1}, good(), good(), "number of neighbours is 0"},
		{"temperature 0", KNN{K: []int{5}}, good(), good(), "temperature is 0"},
		{"temperature nan", KNN{K: []int{5}, Temperature: math.NaN()}, good(), good(), "temperature is NaN"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.knn.Score(context.Background(), test.train, test.test)
			testkit.RequireError(t, err, test.want)
		})
	}
}

// The smallest temperature is the first whose votes do not overflow: it is taken, and its
// neighbours beyond are not.
func TestKNNTemperatures(t *testing.T) {
	for temperature, ok := range map[float64]bool{
		MinTemperature: true, math.Nextafter(MinTemperature, 0): false, 1e300: true, math.Inf(1): false,
		math.NaN(): false, -0.1: false,
	} {
		err := KNN{K: []int{1}, Temperature: temperature}.check()
		if (err == nil) != ok {
			t.Errorf("temperature %v gives the error %v, want one: %t", temperature, err, !ok)
		}
		one := NewMatrix(1, 1)
		one.Row(0)[0] = 1
		_, err = LabelPropagation{K: 1, Frames: 1, Radius: 1, Temperature: temperature}.Start(1, 1, one, one)
		if (err == nil) != ok {
			t.Errorf("label propagation: temperature %v gives the error %v, want one: %t", temperature, err, !ok)
		}
	}
	if vote := math.Exp(1 / MinTemperature); math.IsInf(1e6*vote, 0) {
		t.Errorf("a million votes of %g overflow", vote)
	}
}

func TestKNNStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rng := rand.New(rand.NewPCG(1, 3))
	f := clusters(rng, 30, 4, 2, 1)
	if _, err := DefaultKNN().Score(ctx, f, f); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	online := OnlineKNN{K: 5, Temperature: 0.07, Distance: Euclidean}
	if _, err := online.Score(ctx, f, f); !errors.Is(err, context.Canceled) {
		t.Errorf("online: error = %v, want context.Canceled", err)
	}
}

// The smallest temperature allowed must not overflow with all rows voting.
func TestKNNSmallestTemperature(t *testing.T) {
	f := Features{Matrix: NewMatrix(1000, 1), Labels: make([]int, 1000)}
	for i := range f.Data {
		f.Data[i], f.Labels[i] = 1, i%2
	}
	votes := make([]float64, 2)
	found, err := CosineNeighbours(context.Background(), f.Matrix, f.Matrix, 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	KNN{Temperature: MinTemperature}.vote(votes, found[0], f.Labels)
	if math.IsInf(votes[0], 0) || votes[0] != votes[1] {
		t.Errorf("votes = %v, want two equal finite ones", votes)
	}
}

func BenchmarkCosineNeighbours(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 4))
	train, test := clusters(rng, 50_000, 384, 10, 1), clusters(rng, 256, 384, 10, 1)
	for b.Loop() {
		if _, err := CosineNeighbours(context.Background(), train.Matrix, test.Matrix, 20, 1); err != nil {
			b.Fatal(err)
		}
	}
	flops := 2 * float64(train.Rows) * float64(test.Rows) * float64(train.Cols)
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// Leave-one-out equals classifying each row by a training set without it.
func TestKNNLeaveOneOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 9))
	f := clusters(rng, 90, 6, 4, 2)
	knn := KNN{K: []int{1, 7, 500}, Temperature: 0.07}
	scores, err := knn.LeaveOneOut(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	if got := scores[2].Neighbours; got != f.Rows-1 {
		t.Errorf("%d neighbours voted, want all %d others", got, f.Rows-1)
	}
	for q := range f.Rows {
		rest := Features{
			Matrix: Matrix{
				Rows: f.Rows - 1, Cols: f.Cols,
				Data: slices.Delete(slices.Clone(f.Data), q*f.Cols, (q+1)*f.Cols),
			},
			Labels: slices.Delete(slices.Clone(f.Labels), q, q+1),
		}
		one := Features{Matrix: Matrix{Rows: 1, Cols: f.Cols, Data: f.Row(q)}, Labels: f.Labels[q : q+1]}
		for i, k := range knn.K {
			if want := slowKNN(rest, one, k, 4, 0.07)[0][0]; scores[i].Predictions[q] != want {
				t.Errorf("k %d, row %d: predicted %d, want %d", k, q, scores[i].Predictions[q], want)
			}
		}
	}
	_, err = knn.LeaveOneOut(context.Background(), Features{Matrix: NewMatrix(3, 2), Labels: []int{1, 1, 1}})
	testkit.RequireError(t, err, "all 3 training labels are class 1")
}
