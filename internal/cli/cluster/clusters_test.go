package cluster

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/output/embeddings"
)

// saved writes a file of embeddings around three axes, 5, 4 and 3 of them; one of the largest group
// has another label.
func saved(t *testing.T) string {
	t.Helper()
	var table embeddings.Table
	for axis, n := range []int{5, 4, 3} {
		for i := range n {
			label := string(rune('a' + axis))
			if axis == 0 && i == 4 {
				label = "b"
			}
			table.Rows = append(table.Rows,
				embeddings.Row{Path: fmt.Sprintf("%s/%d-%d.png", label, axis, i), Label: label})
			row := make([]float32, 3)
			row[axis] = float32(i + 1) // lengths do not count
			row[(axis+1)%3] = 0.1 * float32(i*(i+1))
			table.Features.Data = append(table.Features.Data, row...)
		}
	}
	table.Features.Rows, table.Features.Cols = 12, 3
	file := filepath.Join(t.TempDir(), "e.csv")
	w, err := embeddings.Create(file, embeddings.Header{Rows: 12, Cols: 3})
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
	return file
}

func TestKnownClusters(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	var printed bytes.Buffer
	o := Options{Options: grouping.Options{Input: saved(t), Out: out, Show: 2, JSON: true}, K: 3, Steps: 100}
	if err := run(t.Context(), progress.New(&printed, progress.ModeFor(&printed, o.Quiet, o.JSON)), o); err != nil {
		t.Fatal(err)
	}
	if text := printed.String(); !strings.Contains(text, `"sizes":[5,4,3]`) ||
		!strings.Contains(text, fmt.Sprintf(`"purity":%v`, 100*11.0/12)) {
		t.Errorf("printed %s", text)
	}
	file, err := os.Open(filepath.Join(out, "clusters.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ranks := map[string]map[string]bool{}
	for _, line := range lines[1:] {
		// the axis; clusters are numbered by size, and so are axes
		cluster := strings.Split(filepath.Base(line[0]), "-")[0]
		if line[2] != cluster {
			t.Errorf("%s is in cluster %s, want %s", line[0], line[2], cluster)
		}
		if ranks[cluster] == nil {
			ranks[cluster] = map[string]bool{}
		}
		ranks[cluster][line[4]] = true
	}
	if len(ranks["0"]) != 5 || len(ranks["2"]) != 3 || !ranks["2"]["1"] || !ranks["2"]["3"] {
		t.Errorf("ranks are %v, want 1 to the size of every cluster", ranks)
	}
	page, err := os.ReadFile(filepath.Join(out, "clusters.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3 clusters of 12 images", "Cluster 0: 5 images, 80 % a", "and 3 more",
		"Cluster 2: 3 images, 100 % c",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the contact sheet lacks %q", want)
		}
	}
}

// The rank follows the distance.
func TestRanksFollowDistance(t *testing.T) {
	o := Options{Options: grouping.Options{Input: saved(t)}, K: 2, Steps: 100}
	table, err := embeddings.Read(o.Input)
	if err != nil {
		t.Fatal(err)
	}
	g, err := o.fit(t.Context(), &grouping.Set{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	for cluster, rows := range g.ranked {
		for i := 1; i < len(rows); i++ {
			if g.distance[rows[i-1]] > g.distance[rows[i]] {
				t.Errorf("cluster %d: rank %d is farther than rank %d", cluster, i, i+1)
			}
		}
	}
	inertia := 0.0
	for _, d := range g.distance {
		inertia += d * d
	}
	if d := inertia - g.fit.Inertia; d > 1e-5 || d < -1e-5 {
		t.Errorf("squared distances add up to %v, the inertia is %v", inertia, g.fit.Inertia)
	}
}

// Rows without labels have no purity.
func TestWithoutLabels(t *testing.T) {
	table := embeddings.Table{
		Rows:     []embeddings.Row{{Path: "a.png"}, {Path: "b/c.png", Label: "b"}},
		Features: eval.Matrix{Rows: 2, Cols: 1, Data: []float32{1, -1}},
	}
	g, err := (Options{K: 2, Steps: 1}).fit(t.Context(), &grouping.Set{Table: &table})
	if err != nil {
		t.Fatal(err)
	}
	if g.classes != nil {
		t.Errorf("classes are %v, want none", g.classes)
	}
}
