//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// embedding is a `dino embed` that is interrupted and killed, beside one that is left alone.
type embedding struct {
	t    *testing.T
	args []string
	out  string
}

// end runs the command and, after a time, sends it a signal; it returns how the command ended.
func (e *embedding) end(s syscall.Signal, after time.Duration) (*os.ProcessState, string) {
	e.t.Helper()
	var printed bytes.Buffer
	cmd := exec.Command("dino", append(e.args, "--out", e.out)...)
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(s) })
	defer timer.Stop()
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		e.t.Fatal(err)
	}
	return cmd.ProcessState, printed.String()
}

var keptImages = regexp.MustCompile(`dino: embed: interrupted; (\d+) of 300 images are kept in (.*), ` +
	`and the same command goes on from there\n$`)

// SIGINT and SIGTERM keep every row that was computed and say how to go on; SIGKILL loses what is
// not kept yet, and nothing else. Whatever happened, the file is in the end that of a command left
// alone.
func TestEmbedIsInterrupted(t *testing.T) {
	dir, random := t.TempDir(), rand.New(rand.NewPCG(testkit.Seed(t), 0))
	data := filepath.Join(dir, "photos")
	photos(t, data, 3, 100)
	mustWrite(t, filepath.Join(data, "disc-rows", "torn.png"), "this is no image")
	if err := os.Remove(filepath.Join(data, "disc-rows", "000.png")); err != nil {
		t.Fatal(err)
	}
	e := &embedding{t: t, args: []string{
		// so that a part is all of them
		"embed", "--weights", weightstest.Random(t, dir), "--data", data, "--batch", "20", "--workers", "1",
		"--backend", "cpu", "--size", "128",
	}}
	e.out = filepath.Join(dir, "whole.csv")
	begun := time.Now()
	if state, printed := e.end(syscall.SIGKILL, soon); !state.Success() {
		t.Fatalf("left alone it ends as %v: %s", state, printed)
	}
	whole := time.Since(begun)

	e.out = filepath.Join(dir, "interrupted.csv")
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}
	kept, interrupted, complete := 0, 0, false
	for attempt := 0; !complete && attempt < 60; attempt++ {
		s, share := signals[random.IntN(len(signals))], 0.3+0.7*random.Float64()
		if interrupted == 0 { // later and later, until something is kept
			s, share = signals[attempt%2], 0.3+0.04*float64(attempt%15)
		}
		state, printed := e.end(s, time.Duration(share*float64(whole)))
		if complete = state.Success(); complete && interrupted == 0 { // too late on a machine that is busy
			complete = false
			if err := os.Remove(e.out); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if status, ok := state.Sys().(syscall.WaitStatus); complete || ok && status.Signaled() {
			continue // before the program took signals over, or by SIGKILL
		}
		if state.ExitCode() != Interrupted {
			t.Fatalf("%v: ended as %v: %s", s, state, printed)
		}
		found := keptImages.FindStringSubmatch(printed)
		if found == nil {
			continue // before it began
		}
		n, err := strconv.Atoi(found[1])
		if err != nil || n < kept {
			t.Errorf("%d images are kept, after %d (%v)", n, kept, err)
		}
		if n > kept && n < 300 { // not the last part, which is kept anyway
			interrupted++
		}
		kept = n
		if state, err := os.Stat(found[2]); err != nil || !state.IsDir() {
			t.Errorf("what is kept is not there: %v", err)
		}
		if _, err := os.Stat(e.out); err == nil {
			t.Error("a file that is not whole has its name")
		}
	}
	t.Logf("left alone it takes %v", whole)
	if !complete || interrupted == 0 {
		t.Errorf("complete: %v, interrupted with more kept: %d times", complete, interrupted)
	}
	for _, suffix := range []string{"", ".bad.jsonl"} {
		want, err := os.ReadFile(filepath.Join(dir, "whole.csv"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(e.out + suffix); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q differs from that of a command left alone (%v)", fmt.Sprint(suffix), err)
		}
	}
}
