package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
