package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The memory that a run says it takes is within 15 % of the most that it takes, with its baselines,
// scores and checkpoints.
func TestMemoryIsForecast(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "photos")
	photos(t, data, 2, 16)
	var stdout, stderr strings.Builder
	cmd := exec.Command("dino", "pretrain", "--data", data, "--out", filepath.Join(dir, "run"), "--config", tiny,
		"--json",
		"--set", "model.n_prototypes=60000", "--set", "model.projector_bottleneck_dim=256", "--set", "data.cache_mb=0")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak := 0.
	for running := true; running; {
		select {
		case err := <-ended:
			if running = false; err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
		case <-time.After(5 * time.Millisecond):
			peak = max(peak, peakOf(cmd.Process.Pid))
		}
	}
	said := 0.
	for line := range strings.Lines(stdout.String()) {
		var event struct {
			Event  string
			Memory float64
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event.Event == "start" {
			said = event.Memory
		}
	}
	t.Logf("said %.0f MB, and took %.0f MB: %.2f", said/1e6, peak/1e6, said/peak)
	if said < 0.85*peak || said > 1.15*peak {
		t.Errorf("said %.0f MB, and took %.0f MB: want within 15 %%", said/1e6, peak/1e6)
	}
}

// peakOf is the most memory that a process has held, in bytes: the usage that the system reports at
// its end may be that of the process which started it.
func peakOf(process int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes := 0.
	fmt.Sscan(rest, &kilobytes)
	return 1024 * kilobytes
}
