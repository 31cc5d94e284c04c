package runs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/checkpoint"
)

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// metricsOf are the lines of steps, four an epoch.
func metricsOf(steps int) string {
	var text strings.Builder
	for step := range steps {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d,"loss":%g,"images_per_s":80,"data_wait":0.25`, step, step/4,
			4-float64(step)/10)
		if step%4 == 3 {
			fmt.Fprintf(&text, `,"knn":%d`, 50+step)
		}
		text.WriteString("}\n")
	}
	return text.String()
}

const configOf = "preset: auto\nmodel:\n  n_prototypes: 16\ntrain:\n  epochs: 3\n  batch_size: 8\nlist: [1, [a, b]]\n"

// newRun makes the folder of a run of so many steps.
func newRun(t testing.TB, path string, steps int) {
	t.Helper()
	write(t, filepath.Join(path, "config.yaml"), configOf)
	write(t, filepath.Join(path, ".lock"), "")
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(steps))
}

// save makes a checkpoint of so many steps.
func save(t testing.TB, path string, steps int) {
	t.Helper()
	err := checkpoint.Save(filepath.Join(path, "checkpoints"),
		checkpoint.State{Step: steps, Best: map[string]float64{"knn": 61.5}}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// age dates all files of a run back.
func age(t testing.TB, path string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	err := filepath.WalkDir(path, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, then, then)
	})
	if err != nil {
		t.Fatal(err)
	}
}
