package dedup

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/output/embeddings"
)

// saved writes a file of embeddings: rows 0, 2 and 5 point the same way, 1 and 4 nearly, 3 nowhere
// else.
func saved(t *testing.T) string {
	t.Helper()
	table := embeddings.Table{Features: eval.Matrix{Rows: 6, Cols: 3, Data: []float32{
		1, 0, 0,
		0, 1, 0,
		5, 0, 0,
		0, 0, 1,
		0, 1, 0.2,
		2, 0, 0,
	}}}
	for _, path := range []string{"a/0.png", "b/1.png", "a/2.png", "b/3.png", "a/4, the last.png", "a/5.png"} {
		table.Rows = append(table.Rows, embeddings.Row{Path: path, Label: path[:1]})
	}
	file := filepath.Join(t.TempDir(), "e.npy")
	w, err := embeddings.Create(file, embeddings.Header{Rows: 6, Cols: 3})
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

func TestKnownDuplicates(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	var printed bytes.Buffer
	o := Options{Options: grouping.Options{Input: saved(t), Out: out, Show: 1, JSON: true}, Threshold: 0.97}
	if err := run(t.Context(), progress.New(&printed, progress.ModeFor(&printed, o.Quiet, o.JSON)), o); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(out, "duplicates.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := `group,path,label,similarity,keep
0,a/0.png,a,1,1
0,a/2.png,a,1,0
0,a/5.png,a,1,0
1,b/1.png,b,1,1
1,"a/4, the last.png",a,0.980581,0
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	lines := strings.Split(strings.TrimSpace(printed.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last,
		`{"event":"done","bad_images":0,"duplicates":3,"groups":2,"images":6,`) {
		t.Errorf("the last line is %s", last)
	}
	page, err := os.ReadFile(filepath.Join(out, "duplicates.html"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(page); !strings.Contains(text, "2 groups of near duplicates") ||
		!strings.Contains(text, "Group 0: 3 images") || strings.Contains(text, "Group 1") {
		t.Error("the contact sheet does not show the first group alone")
	}
}

// Where everything is one group the threshold is too low, and the user is told.
func TestOneGroupOfAll(t *testing.T) {
	var printed bytes.Buffer
	o := Options{Options: grouping.Options{Input: saved(t), Out: t.TempDir(), Show: 1}, Threshold: -0.5}
	if err := run(t.Context(), progress.New(&printed, progress.ModeFor(&printed, o.Quiet, o.JSON)), o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(printed.String(), "one group holds 6 of 6 images") {
		t.Errorf("printed %q", printed.String())
	}
}
