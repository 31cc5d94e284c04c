package pretrain

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/data/synth"
)

// The command and the Go function are two doors to one run: they leave the same files.
func TestTheCommandRunsWhatPretrainRuns(t *testing.T) {
	t.Setenv("MLFLOW_TRACKING_URI", "") // that of whoever runs the tests
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	err := synth.Generate(context.Background(), photos, synth.Options{Images: 24, Classes: 3, Size: 20, Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := []string{"train.accumulate=2"}
	o := Options{
		Data: photos, Out: filepath.Join(dir, "command"), File: tinyRun, Set: set, Epochs: 2, Seed: 5,
		changed: func(flag string) bool { return strings.Contains("data epochs seed", flag) },
		stdout:  io.Discard, stderr: io.Discard,
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	result, err := dino.Pretrain(t.Context(), dino.Options{
		Data: photos, Run: filepath.Join(dir, "function"), ConfigFile: tinyRun, Set: set, Epochs: 2, Seed: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	function := filepath.Dir(result.Teacher)
	for _, name := range []string{"config.yaml", "teacher.safetensors"} {
		if !bytes.Equal(read(t, o.Out, name), read(t, function, name)) {
			t.Errorf("%s differs", name)
		}
	}
	if diff := cmp.Diff(withoutSpeed(t, read(t, o.Out, "metrics.jsonl")),
		withoutSpeed(t, read(t, function, "metrics.jsonl"))); diff != "" {
		t.Errorf("metrics.jsonl: -command +function:\n%s", diff)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withoutSpeed are the lines of metrics.jsonl without what depends on the clock.
func withoutSpeed(t *testing.T, text []byte) (lines []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatal(err)
		}
		delete(object, "images_per_s")
		delete(object, "data_wait")
		lines = append(lines, object)
	}
	if len(lines) == 0 {
		t.Fatal("metrics.jsonl is empty")
	}
	return lines
}
