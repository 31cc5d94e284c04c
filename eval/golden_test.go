package eval

import (
	"context"
	"math"
	"strconv"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// TestGoldenEval runs every case of the golden family eval but those that need
// pictures, which internal/output/attnmap runs.
func TestGoldenEval(t *testing.T) {
	checks := map[string]func(*testing.T, *testkit.Case){
		"knn_official": goldenOfficial,
		"knn_online":   goldenOnline,
		"rankme":       goldenRankMe,
		"lidar":        goldenLiDAR,
		"retrieval":    goldenRetrieval,
	}
	testkit.GoldenCases(t, "eval", func(t *testing.T, c *testkit.Case) {
		if c.Kind == "attention_mask" {
			t.Skip("TestGoldenEval of internal/attnmap runs this kind")
		}
		check, ok := checks[c.Kind]
		if !ok {
			c.UnknownKind()
		}
		check(t, c)
	})
}

func goldenOfficial(t *testing.T, c *testkit.Case) {
	var params struct {
		K           []int         `json:"k"`
		Classes     int           `json:"num_classes"`
		Temperature testkit.Float `json:"temperature"`
	}
	c.Params(&params)
	var stored struct {
		Results []struct {
			K        int           `json:"k"`
			Top1     testkit.Float `json:"top1"`
			Top5     testkit.Float `json:"top5"`
			Correct1 int           `json:"correct_top1"`
			Correct5 int           `json:"correct_top5"`
		} `json:"results"`
	}
	c.Decode(&stored)
	io := c.Tensors(t, "io.safetensors")
	train, test := goldenFeatures(t, io, "train"), goldenFeatures(t, io, "test")
	knn := KNN{K: params.K, Temperature: float64(params.Temperature)}

	scores, err := knn.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Results) != len(scores) {
		t.Fatalf("%d results stored, %d scores computed", len(stored.Results), len(scores))
	}
	for i, want := range stored.Results {
		got := scores[i]
		if got.K != want.K || got.Correct1 != want.Correct1 || got.Correct5 != want.Correct5 {
			t.Errorf("k %d: %d and %d correct, want k %d: %d and %d", got.K, got.Correct1, got.Correct5, want.K,
				want.Correct1, want.Correct5)
		}
		testkit.AllClose(t, "top1, top5", []float64{got.Top1(), got.Top5()},
			[]float64{float64(want.Top1), float64(want.Top5)}, 1e-9)
		goldenVotes(t, c, io, knn, want.K, train, test, params.Classes, got.Predictions)
	}
}

// goldenVotes compares neighbours, votes, ranking and prediction for one k.
func goldenVotes(t *testing.T, c *testkit.Case, io *weights.File, knn KNN, k int, train, test Features, classes int,
	predictions []int,
) {
	t.Helper()
	found, err := CosineNeighbours(context.Background(), train.Matrix, test.Matrix, k, 0)
	if err != nil {
		t.Fatal(err)
	}
	prefix := "k" + strconv.Itoa(k) + "."
	neighbours, _ := golden(t, io, prefix+"neighbours").Int64s()
	ranking, _ := golden(t, io, prefix+"ranking").Int64s()
	prediction, _ := golden(t, io, prefix+"prediction").Int64s()
	votes := make([]float64, classes)
	stored, err := golden(t, io, prefix+"votes").Float32s()
	if err != nil {
		t.Fatal(err)
	}
	tolerance := testkit.Accept(c.Tolerance("io:" + prefix + "votes"))
	var all []float32
	for q, near := range found {
		for j, n := range near {
			if want := int(neighbours[q*len(near)+j]); n.Row != want && !nearTie(train, test, q, n.Row, want) {
				t.Errorf("k %d, query %d: neighbour %d is row %d, want %d", k, q, j, n.Row, want)
			}
		}
		knn.vote(votes, near, train.Labels)
		for class, v := range votes {
			all = append(all, float32(v))
			// Classes may change places where their votes differ by rounding; those without votes
			// are in order.
			place := rankOf(votes, class)
			want := int(ranking[q*classes+place])
			gap := math.Abs(float64(stored[q*classes+class] - stored[q*classes+want]))
			if want != class && (v == 0 || gap > tolerance) {
				t.Errorf("k %d, query %d: class %d has rank %d, want class %d there", k, q, class, place, want)
			}
		}
		if predictions[q] != int(prediction[q]) {
			t.Errorf("k %d, query %d: predicted %d, want %d", k, q, predictions[q], prediction[q])
		}
	}
	testkit.AllClose(t, prefix+"votes", all, stored, tolerance)
}

func nearTie(train, test Features, query, a, b int) bool {
	q := test.Row(query)
	return math.Abs(dot64(q, train.Row(a))-dot64(q, train.Row(b))) < 1e-6
}

func goldenOnline(t *testing.T, c *testkit.Case) {
	var params struct {
		K           int           `json:"k"`
		Metric      string        `json:"metric"`
		Classes     int           `json:"num_classes"`
		Temperature testkit.Float `json:"temperature"`
	}
	c.Params(&params)
	var stored struct {
		Neighbours int           `json:"k_actual"`
		Top1       testkit.Float `json:"top1"`
	}
	c.Decode(&stored)
	io := c.Tensors(t, "io.safetensors")
	train, test := goldenFeatures(t, io, "train"), goldenFeatures(t, io, "test")
	knn := OnlineKNN{K: params.K, Temperature: float64(params.Temperature), Distance: Distance(params.Metric)}
	score, err := knn.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if score.Neighbours != stored.Neighbours {
		t.Errorf("%d neighbours, want %d", score.Neighbours, stored.Neighbours)
	}
	// top1 was stored from float32.
	testkit.AllClose(t, "top1", []float64{score.Accuracy}, []float64{float64(stored.Top1)}, 1e-6)
	scores, err := golden(t, io, "scores").Float32s()
	if err != nil {
		t.Fatal(err)
	}
	prediction, _ := golden(t, io, "prediction").Int64s()
	tolerance := testkit.Accept(c.Tolerance("io:scores"))
	for q := range test.Rows {
		// A class that occurs in no label has no column in ours and zero votes in theirs.
		got := make([]float32, params.Classes)
		copy(got, score.Votes.Row(q))
		testkit.AllClose(t, "scores", got, scores[q*params.Classes:(q+1)*params.Classes], tolerance)
		if score.Predictions[q] != int(prediction[q]) {
			t.Errorf("query %d: predicted %d, want %d", q, score.Predictions[q], prediction[q])
		}
	}
}

func golden(t *testing.T, f *weights.File, name string) weights.Tensor {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return tensor
}

// goldenFeatures reads SIDE_features and SIDE_labels.
func goldenFeatures(t *testing.T, f *weights.File, side string) Features {
	t.Helper()
	tensor := golden(t, f, side+"_features")
	data, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	labels, err := golden(t, f, side+"_labels").Int64s()
	if err != nil {
		t.Fatal(err)
	}
	features := Features{Matrix: Matrix{Rows: tensor.Shape[0], Cols: tensor.Shape[1], Data: data}}
	for _, label := range labels {
		features.Labels = append(features.Labels, int(label))
	}
	return features
}

// goldenMatrix reads a matrix of F32.
func goldenMatrix(t *testing.T, f *weights.File, name string) Matrix {
	t.Helper()
	tensor := golden(t, f, name)
	data, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return Matrix{Rows: tensor.Shape[0], Cols: tensor.Shape[1], Data: data}
}

func goldenRankMe(t *testing.T, c *testkit.Case) {
	var params struct {
		Epsilon testkit.Float `json:"epsilon"`
	}
	c.Params(&params)
	var stored struct {
		RankMe testkit.Float `json:"rankme"`
	}
	c.Decode(&stored)
	io := c.Tensors(t, "io.safetensors")
	score, err := RankMe{Epsilon: float64(params.Epsilon)}.Score(context.Background(), goldenMatrix(t, io, "features"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "rankme", []float64{score.RankMe}, []float64{float64(stored.RankMe)},
		testkit.Accept(c.Tolerance("rankme")))
	want, err := golden(t, io, "singular_values").Float32s()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(score.SingularValues))
	for i, v := range score.SingularValues {
		got[i] = float32(v)
	}
	testkit.AllClose(t, "singular values", got, want, 2e-6*float64(want[0]))
}

func goldenLiDAR(t *testing.T, c *testkit.Case) {
	var params struct {
		Classes int           `json:"n_classes"`
		Samples int           `json:"samples_per_class"`
		Delta   testkit.Float `json:"delta"`
		Epsilon testkit.Float `json:"epsilon"`
	}
	c.Params(&params)
	var stored struct {
		LiDAR   testkit.Float `json:"lidar"`
		Entropy testkit.Float `json:"entropy"`
		Top     testkit.Float `json:"top_eigenvalue"`
	}
	c.Decode(&stored)
	lidar := LiDAR{
		Classes: params.Classes, SamplesPerClass: params.Samples, Delta: float64(params.Delta),
		Epsilon: float64(params.Epsilon),
	}
	score, err := lidar.Score(context.Background(), goldenMatrix(t, c.Tensors(t, "io.safetensors"), "features"))
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range []struct {
		name string
		got  float64
		want testkit.Float
	}{
		{"lidar", score.LiDAR, stored.LiDAR},
		{"entropy", score.Entropy, stored.Entropy},
		{"top_eigenvalue", score.TopEigenvalue, stored.Top},
	} {
		testkit.AllClose(t, check.name, []float64{check.got}, []float64{float64(check.want)},
			testkit.Accept(c.Tolerance(check.name)))
	}
}

func goldenRetrieval(t *testing.T, c *testkit.Case) {
	var params struct {
		K []int `json:"ks"`
	}
	c.Params(&params)
	var stored struct {
		Truth []struct {
			OK   []int `json:"ok"`
			Junk []int `json:"junk"`
		} `json:"ground_truth"`
		AP        []testkit.Float   `json:"ap"`
		MeanAP    testkit.Float     `json:"mean_ap"`
		Precision [][]testkit.Float `json:"precision"`
		MeanPrec  []testkit.Float   `json:"mean_precision"`
	}
	c.Decode(&stored)
	io := c.Tensors(t, "io.safetensors")
	database, queries := goldenMatrix(t, io, "database"), goldenMatrix(t, io, "queries")
	goldenRanks(t, c, io, database, queries)

	var truth []Relevance
	for _, answer := range stored.Truth {
		truth = append(truth, Relevance{Relevant: answer.OK, Junk: answer.Junk})
	}
	score, err := Retrieval{K: params.K}.Score(context.Background(), database, queries, truth)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "ap", score.AP, goldenFloats(stored.AP), 1e-9)
	testkit.AllClose(t, "mean_ap", []float64{score.MeanAP}, []float64{float64(stored.MeanAP)}, 1e-9)
	testkit.AllClose(t, "mean_precision", score.Precision, goldenFloats(stored.MeanPrec), 1e-9)
	for q, want := range stored.Precision {
		testkit.AllClose(t, "precision", score.QueryPrecision[q], goldenFloats(want), 1e-9)
	}
}

// goldenRanks compares the complete ranking of the database for every query.
func goldenRanks(t *testing.T, c *testkit.Case, io *weights.File, database, queries Matrix) {
	t.Helper()
	found, err := CosineNeighbours(context.Background(), database, queries, database.Rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	ranks, err := golden(t, io, "ranks").Int64s()
	if err != nil {
		t.Fatal(err)
	}
	similarity := goldenMatrix(t, io, "similarity")
	tolerance := testkit.Accept(c.Tolerance("io:similarity"))
	for q, near := range found {
		for place, n := range near {
			want := float64(similarity.Row(n.Row)[q])
			testkit.AllClose(t, "similarity", []float64{n.Score}, []float64{want}, tolerance)
			row := int(ranks[place*queries.Rows+q])
			if n.Row != row && math.Abs(float64(similarity.Row(row)[q])-want) > tolerance {
				t.Errorf("query %d, place %d: row %d, want %d", q, place, n.Row, row)
			}
		}
	}
}

func goldenFloats(values []testkit.Float) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
