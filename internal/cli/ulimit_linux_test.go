package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plain builds the program as `make build` does. The test's own binary has cgo where there is a
// compiler, and cgo's threads take address space that is missing now and then.
func plain(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "dino")
	build := exec.Command("go", "build", "-o", binary, "../../cmd/dino")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return binary
}

// within runs the program with a limit of address space in KiB, and returns its exit code and all
// that it printed.
func within(t *testing.T, binary string, limit int, args ...string) (code int, printed string) {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -v %d && exec "$0" "$@"`, limit), binary},
		args...)...)
	output, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(output)
}

// Too little memory is one clear error before the first step, with the options that need less, and
// never a trace of Go's runtime.
func TestTooLittleMemory(t *testing.T) {
	dir := t.TempDir()
	binary := plain(t)
	data, run := filepath.Join(dir, "photos"), filepath.Join(dir, "run")
	photos(t, data, 2, 16)
	dino(t, "pretrain", "--data", data, "--out", run, "--config", tiny, "--quiet")
	large := []string{"--set", "model.n_prototypes=2000000", "--set", "train.batch_size=24"}
	train := append([]string{"pretrain", "--data", data, "--out", filepath.Join(dir, "new"), "--config", tiny},
		large...)
	embed := func(file string, more ...string) []string {
		return append([]string{"embed", "--weights", run, "--data", data, "--out", filepath.Join(dir, file)}, more...)
	}
	for name, c := range map[string]struct {
		limit int // MiB of address space, of which Go's runtime reserves up to two thousand
		args  []string
		want  []string
	}{
		"nearly nothing": {1400, train, []string{"needs about", "ulimit", "leaves"}},
		"training": {
			4000, train,
			[]string{
				"pretrain: the run needs about", "ulimit", "for the computation of a step",
				"--set train.accumulate=24 needs about", "--set train.batch_size=12", "which fits",
			},
		},
		"dry run": {
			4000, append(train, "--dry-run"),
			[]string{"pretrain: the run needs about", "--set train.accumulate=24 needs about"},
		},
		"batches": {
			4000, embed("a.npy", "--size", "4096"),
			[]string{"features: loading batches of 32 images of 4096×4096 pixels needs about", "--batch"},
		},
		"nothing is lost": {4000, embed("c.npy", "--quiet"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			code, printed := within(t, binary, c.limit<<10, c.args...)
			want := Usage
			if c.want == nil {
				want = OK
			} else if strings.Contains(c.want[0], "features: ") {
				want = Failed
			}
			if code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			for _, text := range c.want {
				if !strings.Contains(printed, text) {
					t.Errorf("no %q", text)
				}
			}
			if strings.Contains(printed, "--set data.prefetch") {
				t.Error("an option is named that spares next to nothing here")
			}
			if strings.Contains(printed, "goroutine") || strings.Contains(printed, "fatal error") {
				t.Error("a trace of Go's runtime")
			}
			if t.Failed() {
				t.Logf("%.3000s", printed)
			}
		})
	}
}

// A dry run says what a run takes of memory, and for what; with --print-config standard output is
// the configuration alone.
func TestDryRunShowsMemory(t *testing.T) {
	data := filepath.Join(t.TempDir(), "photos")
	photos(t, data, 2, 16)
	var stdout, stderr strings.Builder
	cmd := exec.Command("dino", "pretrain", "--data", data, "--config", tiny, "--dry-run")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	for _, want := range []string{"\nmemory    about ", "\nmemory is for: ", "for the computation of a step"} {
		if err != nil || stderr.Len() > 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("%v, no %q in %s%s", err, want, stdout.String(), stderr.String())
		}
	}
	stdout.Reset()
	cmd = exec.Command("dino", "pretrain", "--data", data, "--config", tiny, "--dry-run", "--print-config")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || !strings.HasPrefix(stdout.String(), "preset: ") || stderr.Len() > 0 ||
		strings.Contains(stdout.String(), "memory is for") {
		t.Errorf("%v: %.100s%s", err, stdout.String(), stderr.String())
	}
}
