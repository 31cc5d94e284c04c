package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/watch/runmap"
	"github.com/dino-go/dino/internal/watch/runs"
)

// newRun makes a run of so many steps of 40 numbers.
func newRun(t *testing.T, path string, steps int) *runs.Run {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for step := range steps {
		fmt.Fprintf(&text, `{"step":%d,"epoch":0`, step)
		for n := range 40 {
			fmt.Fprintf(&text, `,"number_%d":%v`, n, 1/float64(step+n+1))
		}
		text.WriteString("}\n")
	}
	for name, text := range map[string]string{
		"metrics.jsonl": text.String(), "config.yaml": "train: {epochs: 3}\n",
		".lock": "",
	} {
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return runs.Open(path, filepath.Base(path))
}

func TestReport(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "report.html")
	r := newRun(t, filepath.Join(dir, "a"), 50)
	size, err := Write(t.Context(), out, []*runs.Run{r})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil || len(text) != size {
		t.Fatalf("%d bytes, %d were told, %v", len(text), size, err)
	}
	_, rest, _ := bytes.Cut(text, []byte(`id="data">`))
	inside, _, _ := bytes.Cut(rest, []byte("</script>"))
	var got struct {
		Runs    []runs.Summary
		Details map[string]struct{ Options []runs.Option }
		Curves  map[string]struct{ Steps []int }
	}
	if err := json.Unmarshal(inside, &got); err != nil {
		t.Fatal(err)
	}
	if got.Runs[0].Step != 49 || len(got.Details[r.ID].Options) != 1 || len(got.Curves[r.ID].Steps) != 50 {
		t.Errorf("%+v", got)
	}
	if bytes.Contains(text, []byte(dir)) {
		t.Error("the report says where on this machine the run is")
	}
}

// Runs whose curves would be too large have fewer points.
func TestReportIsBounded(t *testing.T) {
	all := []*runs.Run{newRun(t, filepath.Join(t.TempDir(), "run"), 600)}
	whole, err := within(t.Context(), all, MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	less, err := within(t.Context(), all, len(whole))
	if err != nil || len(less) >= len(whole) {
		t.Errorf("%d bytes, %v", len(less), err)
	}
	if _, err := within(t.Context(), all, 50_000); err == nil {
		t.Error("what does not fit was taken")
	}
}

// newMapped makes a run with the map of so many images, and pictures of so many bytes.
func newMapped(t *testing.T, images, pictures int) *runs.Run {
	t.Helper()
	r := newRun(t, filepath.Join(t.TempDir(), "run"), 5)
	shown, rows := make([]snapshots.Image, images), eval.NewMatrix(images, 4)
	for i := range shown {
		shown[i].Path = fmt.Sprintf("class/%05d.png", i)
		rows.Row(i)[i%4], rows.Row(i)[(i+1)%4] = 1, float32(i)/float32(images)
	}
	w, err := snapshots.Open(r.Path, shown, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{0, 5} {
		if err := w.Add(snapshots.Snapshot{Step: step}, rows); err != nil {
			t.Fatal(err)
		}
	}
	sheet := snapshots.Sheet{Side: 8, Columns: 4, Sizes: make([]int, 2*images)}
	if err := w.SetSheet(sheet, bytes.Repeat([]byte{7}, pictures)); err != nil {
		t.Fatal(err)
	}
	return r
}

// A report has the map of a run, all epochs by PCA and the newest by UMAP; pictures that would not
// fit are left out, and then the map.
func TestReportHasTheMap(t *testing.T) {
	r := newMapped(t, 30, 60_000)
	for _, c := range []struct {
		limit int
		sheet bool
	}{{MaxSize, true}, {160_000, false}} {
		html, err := within(t.Context(), []*runs.Run{r}, c.limit)
		if err != nil || len(html) >= c.limit {
			t.Fatalf("at most %d bytes: %d, %v", c.limit, len(html), err)
		}
		_, rest, _ := bytes.Cut(html, []byte(`id="data">`))
		inside, _, _ := bytes.Cut(rest, []byte("</script>"))
		var got struct{ Maps map[string]*runmap.Data }
		if err := json.Unmarshal(inside, &got); err != nil {
			t.Fatal(err)
		}
		m := got.Maps[r.ID]
		if m == nil || len(m.Snapshots) != 2 || m.Snapshots[0].PCA == "" || m.Snapshots[0].UMAP != "" ||
			m.Snapshots[1].UMAP == "" || m.Images {
			t.Fatalf("at most %d bytes: the map is %+v", c.limit, m)
		}
		if (m.Sheet != nil) != c.sheet || c.sheet && !strings.HasPrefix(m.Sheet.Source, "data:image/jpeg;base64,Bwc") {
			t.Errorf("at most %d bytes: the pictures are %+v", c.limit, m.Sheet)
		}
	}
	d := data{Runs: []runs.Summary{{ID: "a"}, {ID: "b"}}, Maps: map[string]*runmap.Data{
		"a": {Paths: []string{"x"}}, "b": {Paths: make([]string, 90)},
	}}
	if d.leaveOut(5000); d.Maps["a"] == nil || d.Maps["b"] != nil {
		t.Errorf("what does not fit stays: %v", d.Maps)
	}
}
