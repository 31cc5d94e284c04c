package checkpoint

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// saveUntilKilled continues from the newest checkpoint, saves every step, keeps
// two, and says which steps are durable.
func saveUntilKilled(dir string) {
	step := 0
	if loaded, _, err := Latest(dir); err == nil {
		step = loaded.Step
	}
	for {
		step++
		if err := Save(dir, stateOf(step), tensorsOf(step)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := Prune(dir, step, 2); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(step)
	}
}

// TestKilledAtAnyMoment kills a saving process over and over: what it had said
// to be durable, or something newer, must be there whole and without a warning.
func TestKilledAtAnyMoment(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for range 15 {
		durable := runAndKill(t, dir, time.Duration(random.IntN(20_000))*time.Microsecond)
		loaded := latest(t, dir)
		if loaded.Step < durable {
			t.Fatalf("step %d was durable, after the kill the newest is %d", durable, loaded.Step)
		}
		requireLatest(t, dir, loaded.Step)
	}
	newest := latest(t, dir).Step
	if err := Prune(dir, newest, 1); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("after Prune the folder holds %v, %v, want one pair", entries, err)
	}
	requireLatest(t, dir, newest)
}

// runAndKill starts a child, waits for its first step, kills it some time later,
// and returns the last step that it printed.
func runAndKill(t *testing.T, dir string, after time.Duration) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), scenarioVariable+"=save until killed")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var last int
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if last == 0 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait() // it was killed
	if last == 0 {
		t.Fatal("the child saved nothing")
	}
	return last
}
