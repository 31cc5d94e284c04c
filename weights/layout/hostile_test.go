package layout_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/weights/layout"
)

// The files beside weights come from anybody: whatever they hold, reading them takes memory in
// proportion to their bounds, and the error names the file.
func TestHostileSideFiles(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	laughs += "model: {encoder: *a9}\n"
	deep := strings.Repeat("[", 200_000)
	for _, c := range []struct{ file, what, text, want string }{
		{"config.yaml", "deep", deep, "nested more than 32 deep"},
		{"config.yaml", "deep mappings", strings.Repeat("{a: ", 100_000), "nested more than 32 deep"},
		{"config.yaml", "large", strings.Repeat("a: 1\n", 50<<20/5), "more than 1048576 bytes"},
		{"config.yaml", "aliases", laughs, "anchors, aliases and merge keys are not supported"},
		{"config.yaml", "many", "a: [" + strings.Repeat("1,", 100_000) + "1]\n", "tokens: a configuration has at most"},
		{"config.yaml", "empty", "", "lacks model.vit, which the configuration of a run has"},
		{"config.yaml", "cut off", "model: {vit: {patch_size: 8}}\n", "lacks augment.mean"},
		{"config.json", "deep", `{"label2id": ` + deep, "nested more than 32 deep"},
		{"config.json", "large", `{"a": "` + strings.Repeat("a", 20<<20) + `"}`, "more than 16777216 bytes"},
		{"preprocessor_config.json", "deep", `{"size": ` + deep, "nested more than 32 deep"},
		{"model.safetensors.index.json", "deep", `{"weight_map": ` + deep, "nested more than 32 deep"},
		{"model.safetensors.index.json", "large", strings.Repeat(" ", 20<<20), "more than 16777216 bytes"},
	} {
		dir := t.TempDir()
		if c.file == "config.yaml" {
			dir = runFolder(t, ours(small(), heads["seed"], 1, 1))
		} else if c.file != "model.safetensors.index.json" {
			if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("not looked at"),
				0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := layout.Inspect(dir, layout.Options{Newest: checkpoint.OpenNewest})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s, %s: %v, want %q", c.file, c.what, err, c.want)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 200 {
			t.Errorf("%s, %s: takes %d MB", c.file, c.what, used)
		}
	}
}
