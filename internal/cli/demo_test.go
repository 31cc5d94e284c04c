package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// ahead is how many points of k-NN accuracy the demo must gain over both baselines.
const ahead = 20

// TestDemoLearns is `make demo` on three seeds: after training, k-NN accuracy is at least 20 points
// above the untrained network and above raw pixels.
func TestDemoLearns(t *testing.T) {
	if os.Getenv("DINO_LONG") != "1" {
		t.Skip("takes minutes; DINO_LONG=1 runs it")
	}
	dir := t.TempDir()
	shapes := filepath.Join(dir, "shapes")
	dino(t, "synth", "--out", shapes)
	for seed := range 3 {
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) {
			out := filepath.Join(dir, fmt.Sprint("run", seed))
			end := pretrained(t, "--data", shapes, "--out", out, "--config", "../../configs/demo.yaml", "--seed",
				fmt.Sprint(seed))
			t.Logf("k-NN accuracy: raw pixels %.1f %%, untrained %.1f %%, trained %.1f %%", end.Pixels, end.Untrained,
				end.KNN)
			if end.KNN < max(end.Untrained, end.Pixels)+ahead {
				t.Errorf("k-NN accuracy is %.1f %% after training: want %d points more than %.1f %% untrained and "+
					"%.1f %% for raw pixels", end.KNN, ahead, end.Untrained, end.Pixels)
			}
		})
	}
}

// ended is how a run says that it ends.
type ended struct {
	Event     string  `json:"event"`
	KNN       float64 `json:"knn"`
	Untrained float64 `json:"knn_untrained"`
	Pixels    float64 `json:"knn_pixels"`
}

// pretrained trains to the end.
func pretrained(t *testing.T, args ...string) (end ended) {
	t.Helper()
	output := dino(t, slices.Concat([]string{"pretrain"}, args, []string{"--json"})...)
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &end); err != nil || end.Event != "done" {
		t.Fatalf("the run ends with %s (%v), want the event done", lines[len(lines)-1], err)
	}
	return end
}

// dino runs the program and returns its standard output.
func dino(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("dino", args...)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("dino %v: %v", args, err)
	}
	return output
}
