package evaluation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/testkit"
)

// TestGoldenMeasures gives the features of the golden family eval to the commands as files, and
// compares what they print. The kinds that no command has by itself are run where their functions
// are.
func TestGoldenMeasures(t *testing.T) {
	testkit.GoldenCases(t, "eval", func(t *testing.T, c *testkit.Case) {
		switch c.Kind {
		case "knn_official":
			goldenKNN(t, c)
		case "retrieval":
			goldenRetrieval(t, c)
		case "knn_online", "rankme", "lidar", "attention_mask":
			t.Skip("TestGoldenEval of eval and internal/attnmap run this kind")
		default:
			c.UnknownKind()
		}
	})
}

// save writes a matrix of the case as a file of embeddings. Rows are named after their numbers, in
// folders of their labels, if any.
func save(t *testing.T, c *testkit.Case, name, extension string, labels []int64) string {
	t.Helper()
	x, err := c.Tensors(t, "io.safetensors").Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := x.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	table := embeddings.Table{Features: eval.Matrix{Rows: x.Shape[0], Cols: x.Shape[1], Data: values}}
	for i := range x.Shape[0] {
		row := embeddings.NewRow(fmt.Sprintf("%d.png", i), [2]int{1, 1})
		if labels != nil {
			row = embeddings.NewRow(fmt.Sprintf("%05d/%d.png", labels[i], i), [2]int{1, 1})
		}
		table.Rows = append(table.Rows, row)
	}
	path := filepath.Join(t.TempDir(), name+extension)
	w, err := embeddings.Create(path, embeddings.Header{Rows: x.Shape[0], Cols: x.Shape[1]})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Write(table); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func labels(t *testing.T, c *testkit.Case, name string) []int64 {
	t.Helper()
	x, err := c.Tensors(t, "io.safetensors").Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := x.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func goldenKNN(t *testing.T, c *testkit.Case) {
	var params struct {
		K           []int         `json:"k"`
		Temperature testkit.Float `json:"temperature"`
	}
	c.Params(&params)
	var want struct {
		Results []struct {
			K        int           `json:"k"`
			Top1     testkit.Float `json:"top1"`
			Correct1 int           `json:"correct_top1"`
		} `json:"results"`
	}
	c.Decode(&want)
	o := knnOptions{
		common: common{Options: encoder.Default(), JSON: true}, K: params.K,
		Temperature: float64(params.Temperature),
	}
	o.Train = save(t, c, "train_features", ".parquet", labels(t, c, "train_labels"))
	o.Test = save(t, c, "test_features", ".npy", labels(t, c, "test_labels"))
	got := run[struct {
		Scores []struct {
			K        int     `json:"k"`
			Top1     float64 `json:"top1"`
			Correct1 int     `json:"correct_top1"`
		}
	}](t, func(out *bytes.Buffer) error {
		return runKNN(context.Background(), progress.New(out, progress.JSON), o)
	})
	if len(got.Scores) != len(want.Results) {
		t.Fatalf("%d scores, want %d", len(got.Scores), len(want.Results))
	}
	for i, w := range want.Results {
		if g := got.Scores[i]; g.K != w.K || g.Correct1 != w.Correct1 {
			t.Errorf("k %d has %d correct, want k %d with %d", g.K, g.Correct1, w.K, w.Correct1)
		}
		testkit.AllClose(t, "top1", []float64{got.Scores[i].Top1}, []float64{float64(w.Top1)}, 1e-9)
	}
}

// goldenRetrieval writes the case's answers as a key whose relevant images are all easy, so that
// the protocol medium is the case's.
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
		MeanAP testkit.Float `json:"mean_ap"`
	}
	c.Decode(&stored)
	o := retrievalOptions{
		common: common{Options: encoder.Default(), JSON: true}, K: params.K,
		Truth: filepath.Join(t.TempDir(), "gnd.json"),
	}
	o.Database, o.Queries = save(t, c, "database", ".safetensors", nil), save(t, c, "queries", ".jsonl", nil)

	var key eval.GroundTruth
	for i := range tableRows(t, o.Database) {
		key.Database = append(key.Database, fmt.Sprint(i))
	}
	for q, answer := range stored.Truth {
		key.Queries = append(key.Queries, fmt.Sprint(q))
		key.Answers = append(key.Answers, eval.TruthAnswer{Easy: answer.OK, Hard: []int{}, Junk: answer.Junk})
	}
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Truth, text, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := newInput(progress.New(new(bytes.Buffer), progress.JSON), "retrieval", o.common)
	if err != nil {
		t.Fatal(err)
	}
	s, err := in.search(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	score, err := eval.Retrieval{K: o.K}.Score(context.Background(), s.database, s.queries, s.protocols[0].truth)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "mean_ap", []float64{score.MeanAP}, []float64{float64(stored.MeanAP)}, 1e-9)
}

func tableRows(t *testing.T, path string) int {
	t.Helper()
	table, err := embeddings.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return len(table.Rows)
}
