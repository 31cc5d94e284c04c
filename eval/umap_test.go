package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// blobs draws rows around centres of unit length, with the class of each.
func blobs(rng *rand.Rand, rows, cols, classes int, spread float64) Features {
	centers := NewMatrix(classes, cols)
	for i := range centers.Data {
		centers.Data[i] = float32(rng.NormFloat64())
	}
	centers = centers.Normalized()
	f := Features{Matrix: NewMatrix(rows, cols)}
	for i := range rows {
		class := i % classes
		f.Labels = append(f.Labels, class)
		for j := range cols {
			f.Row(i)[j] = centers.Row(class)[j] + float32(spread*rng.NormFloat64()/math.Sqrt(float64(cols)))
		}
	}
	return f
}

// swissRoll draws rows on a rolled up sheet, seen from far away, so that directions differ as the
// places on the sheet do. The class is the stretch of the sheet.
func swissRoll(rng *rand.Rand, rows int) Features {
	f := Features{Matrix: NewMatrix(rows, 4)}
	for i := range rows {
		turn := rng.Float64()
		angle := 1.5 * math.Pi * (1 + 2*turn)
		for j, v := range []float64{angle * math.Cos(angle), 21 * rng.Float64(), angle * math.Sin(angle), 200} {
			f.Row(i)[j] = float32(v)
		}
		f.Labels = append(f.Labels, int(turn*10))
	}
	return f
}

// ranksOf returns for every row the others in order of distance, nearest first.
func ranksOf(n int, distance func(i, j int) float64) [][]int {
	ranks := make([][]int, n)
	for i := range ranks {
		near := make([]Neighbour, 0, n-1)
		for j := range n {
			if j != i {
				near = append(near, Neighbour{j, -distance(i, j)})
			}
		}
		slices.SortFunc(near, byScore)
		for _, x := range near {
			ranks[i] = append(ranks[i], x.Row)
		}
	}
	return ranks
}

// trustworthiness is 1 where the k nearest in the plane are the k nearest of the features, and less
// the farther off in their order those are that came in (Venna & Kaski 2001).
func trustworthiness(features, places Matrix, k int) float64 {
	n := features.Rows
	near := ranksOf(n, func(i, j int) float64 { return cosineDistance(features.Row(i), features.Row(j)) })
	seen := ranksOf(n, func(i, j int) float64 { return squaredEuclidean(places.Row(i), places.Row(j)) })
	penalty := 0
	rank := make([]int, n)
	for i := range n {
		for r, j := range near[i] {
			rank[j] = r + 1
		}
		for _, j := range seen[i][:k] {
			penalty += max(0, rank[j]-k)
		}
	}
	return 1 - 2*float64(penalty)/float64(n*k*(2*n-3*k-1))
}

// planeAccuracy is the share of rows of whose k nearest in the plane most have their class.
func planeAccuracy(places Matrix, labels []int, k int) float64 {
	right := 0
	for i, near := range ranksOf(places.Rows, func(i, j int) float64 {
		return squaredEuclidean(places.Row(i), places.Row(j))
	}) {
		votes := make([]float64, slices.Max(labels)+1)
		for _, j := range near[:k] {
			votes[labels[j]]++
		}
		if winner(votes) == labels[i] {
			right++
		}
	}
	return float64(right) / float64(places.Rows)
}

// Groups of rows are groups in the plane, and neighbours stay neighbours.
func TestUMAPKeepsNeighbours(t *testing.T) {
	seed := testkit.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 1))
	f := blobs(rng, 300, 32, 6, 0.6)
	u := DefaultUMAP()
	u.Seed = seed
	places, err := u.Fit(t.Context(), f.Matrix)
	if err != nil {
		t.Fatal(err)
	}
	plane, err := PCAPlane(t.Context(), f.Normalized())
	if err != nil {
		t.Fatal(err)
	}
	got, pca := planeAccuracy(places, f.Labels, 5), planeAccuracy(plane, f.Labels, 5)
	trust, pcaTrust := trustworthiness(f.Matrix, places, 12), trustworthiness(f.Matrix, plane, 12)
	t.Logf("accuracy %.3f (PCA %.3f), trustworthiness %.3f (PCA %.3f)", got, pca, trust, pcaTrust)
	if got < 0.99 || trust < 0.85 || trust < pcaTrust {
		t.Errorf("accuracy is %.3f, trustworthiness %.3f, that of PCA %.3f", got, trust, pcaTrust)
	}
}

// The seed decides, and the number of workers does not.
func TestUMAPIsDeterministic(t *testing.T) {
	seed := testkit.Seed(t)
	f := blobs(rand.New(rand.NewPCG(seed, 2)), 700, 9, 4, 0.5)
	fit := func(seed uint64, workers int) Matrix {
		u := UMAP{Neighbours: 10, Epochs: 30, Seed: seed, Workers: workers}
		places, err := u.Fit(t.Context(), f.Matrix)
		if err != nil {
			t.Fatal(err)
		}
		return places
	}
	want := fit(seed, 1)
	for _, workers := range []int{2, 5} {
		if got := fit(seed, workers); !slices.Equal(got.Data, want.Data) {
			t.Errorf("%d workers give another result than one", workers)
		}
	}
	if slices.Equal(fit(seed+1, 1).Data, want.Data) {
		t.Error("another seed gives the same result")
	}
}

// Rows that are all alike, few, or narrow have places, too, and these are finite.
func TestUMAPOfFewOrEqualRows(t *testing.T) {
	for name, m := range map[string]Matrix{
		"one row":     {Rows: 1, Cols: 3, Data: []float32{1, 2, 3}},
		"two rows":    {Rows: 2, Cols: 1, Data: []float32{1, -3}},
		"three rows":  {Rows: 3, Cols: 2, Data: []float32{1, 0, 0, 1, 1, 1}},
		"zeros":       NewMatrix(40, 5),
		"one of five": {Rows: 50, Cols: 1, Data: slices.Repeat([]float32{1, 2, 3, 4, -5}, 10)},
	} {
		places, err := (UMAP{Neighbours: 15, Epochs: 50}).Fit(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := places.check("placed"); err != nil || places.Rows != m.Rows || places.Cols != 2 {
			t.Errorf("%s: [%d, %d], %v", name, places.Rows, places.Cols, err)
		}
	}
}

// Bad settings and features are errors, and who cancels waits for no more than an epoch.
func TestUMAPFails(t *testing.T) {
	m := blobs(rand.New(rand.NewPCG(1, 1)), 50, 4, 2, 0.3).Matrix
	for name, u := range map[string]UMAP{"neighbours": {Neighbours: 1}, "epochs": {Neighbours: 5, Epochs: -1}} {
		if _, err := u.Fit(t.Context(), m); err == nil {
			t.Errorf("bad %s were taken", name)
		}
	}
	bad := NewMatrix(3, 1)
	bad.Data[1] = float32(math.NaN())
	if _, err := DefaultUMAP().Fit(t.Context(), bad); err == nil {
		t.Error("NaN was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	last := -1
	u := UMAP{Neighbours: 5, Epochs: 100, Progress: func(epoch, _ int, _ Matrix) {
		if last = epoch; epoch == 3 {
			cancel()
		}
	}}
	if _, err := u.Fit(ctx, m); !errors.Is(err, context.Canceled) || last != 3 {
		t.Errorf("canceled at epoch 3, it went to %d and ended with %v", last, err)
	}
}

// The graph is the same seen from both ends, and the weights of a row's own neighbourhood add up to
// log₂ of their number.
func TestUMAPGraph(t *testing.T) {
	seed := testkit.Seed(t)
	f := blobs(rand.New(rand.NewPCG(seed, 3)), 200, 6, 3, 0.5)
	u := UMAP{Neighbours: 12, Epochs: 1 << 40} // so that no edge is too light
	near, err := u.neighbours(t.Context(), f.Normalized())
	if err != nil {
		t.Fatal(err)
	}
	memberships(near, u.Neighbours)
	for i, edges := range near {
		if sum := distances(edges); len(edges) != 11 || math.Abs(sum-math.Log2(12)) > 1e-4 || edges[0].weight != 1 {
			t.Fatalf("row %d has %d neighbours, the weights add up to %v, the first is %v", i, len(edges), sum,
				edges[0].weight)
		}
		if slices.ContainsFunc(edges, func(e edge) bool { return int(e.row) == i }) {
			t.Fatalf("row %d is its own neighbour", i)
		}
	}
	weight := func(edges []edge, row int) float64 {
		for _, e := range edges {
			if int(e.row) == row {
				return e.weight
			}
		}
		return 0
	}
	graph, err := u.graph(t.Context(), f.Normalized())
	if err != nil {
		t.Fatal(err)
	}
	for i := range graph {
		for j := range graph {
			a, b := weight(near[i], j), weight(near[j], i)
			if got, want := weight(graph[i], j), a+b-a*b; math.Abs(got-want) > 1e-12 || got != weight(graph[j], i) {
				t.Fatalf("edge %d–%d has weight %v, want %v", i, j, got, want)
			}
		}
	}
}

// The progress shows every epoch, from the start on, and ends at the result.
func TestUMAPProgress(t *testing.T) {
	m := blobs(rand.New(rand.NewPCG(1, 1)), 60, 4, 2, 0.3).Matrix
	var epochs []int
	var last []float32
	u := UMAP{Neighbours: 5, Epochs: 3, Progress: func(epoch, total int, places Matrix) {
		if total != 3 || places.Rows != 60 {
			t.Errorf("%d epochs, %d places", total, places.Rows)
		}
		epochs, last = append(epochs, epoch), slices.Clone(places.Data)
	}}
	places, err := u.Fit(t.Context(), m)
	if err != nil || !slices.Equal(epochs, []int{0, 1, 2, 3}) || !slices.Equal(last, places.Data) {
		t.Errorf("epochs %v, %v", epochs, err)
	}
}

// The tables give powers to seven digits, and finite ones of all positive numbers.
func TestCurvePowers(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 4))
	p := curvePowers()
	for range 100_000 {
		x := math.Exp(40 * rng.NormFloat64())
		if got, want := p.of(x), math.Pow(x, curveB); math.Abs(got-want) > 1e-7*want {
			t.Fatalf("%v is raised to %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{math.SmallestNonzeroFloat64, 1, 2, math.Nextafter(2, 0), math.MaxFloat64} {
		if got := p.of(x); !(got > 0) || math.IsInf(got, 0) {
			t.Errorf("%v is raised to %v", x, got)
		}
	}
}

// Rows that set out from their places stay about there, and places of another number are refused.
func TestUMAPStart(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 1))
	m := NewMatrix(60, 6)
	for i := range m.Rows {
		for j := range m.Cols {
			m.Row(i)[j] = float32(0.1 * rng.NormFloat64())
		}
		m.Row(i)[i%3]++
	}
	u := DefaultUMAP()
	first, err := u.Fit(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	u.Start, u.Seed, u.Epochs = first, 7, 40 // in many, groups that nothing ties together drift apart
	again, err := u.Fit(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	way, apart := 0.0, 0.0
	for i := range m.Rows {
		a, b, c := first.Row(i), again.Row(i), first.Row((i+1)%m.Rows)
		way += math.Hypot(float64(a[0]-b[0]), float64(a[1]-b[1]))
		apart += math.Hypot(float64(a[0]-c[0]), float64(a[1]-c[1])) // another group
	}
	if way > apart/3 {
		t.Errorf("points move by %.2f of what lies between their groups", way/apart)
	}
	u.Start = NewMatrix(59, 2)
	if _, err := u.Fit(t.Context(), m); err == nil {
		t.Error("places of fewer rows were taken")
	}
}
