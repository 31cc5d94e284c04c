package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// outcome is what became of a mutant.
type outcome string

const (
	killed   outcome = "killed"
	survived outcome = "SURVIVED"
	timedOut outcome = "timed out"
	notBuilt outcome = "not built"
)

// result is an outcome and what brought it about: a test, or the first complaint of the compiler.
type result struct {
	outcome outcome
	by      string
}

// tester runs tests with one file changed.
type tester struct {
	o    options
	also []string
	temp string
}

func newTester(o options) (*tester, error) {
	temp, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	limitMemory(o.memory << 20)
	t := &tester{o: o, temp: temp}
	if o.also != "" {
		t.also = strings.Split(o.also, ",")
	}
	// What a mutant leaves behind lies here.
	return t, os.Mkdir(filepath.Join(temp, "tmp"), 0o700)
}

func (t *tester) close() { os.RemoveAll(t.temp) }

// baseline runs the tests of a package, and of the dependents, with nothing changed.
func (t *tester) baseline(ctx context.Context, pkg string) error {
	for _, p := range append([]string{pkg}, t.also...) {
		r, err := t.test(ctx, p)
		if err != nil {
			return err
		}
		if r.outcome != survived {
			return fmt.Errorf("the tests of %s do not pass without a change: %s %s", p, r.outcome, r.by)
		}
	}
	return nil
}

// try runs the tests with a mutant in place of its file: those of its package, and the dependents'
// if it lives.
func (t *tester) try(ctx context.Context, m mutant) (result, error) {
	file := filepath.Join(t.temp, filepath.Base(m.source.path))
	if err := os.WriteFile(file, m.text(), 0o600); err != nil {
		return result{}, err
	}
	overlay := filepath.Join(t.temp, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {m.source.path: file}})
	if err != nil {
		return result{}, err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return result{}, err
	}
	var r result
	for _, p := range append([]string{m.source.pkg}, t.also...) {
		if r, err = t.test(ctx, p, "-overlay="+overlay); err != nil || r.outcome != survived {
			return r, err
		}
	}
	return r, nil
}

func (t *tester) test(ctx context.Context, pkg string, flags ...string) (result, error) {
	args := append([]string{"test", "-json", "-vet=off", "-failfast", "-timeout=" + t.o.timeout.String()}, flags...)
	if t.o.run != "" {
		args = append(args, "-run="+t.o.run)
	}
	// A test that cannot end itself is ended; the extra time is for the compiler.
	ctx, cancel := context.WithTimeout(ctx, t.o.timeout+5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	ownGroup(cmd)
	cmd.Dir = t.o.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(t.temp, "tmp"))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if e := context.Cause(ctx); e != nil && e != context.DeadlineExceeded {
		return result{}, e
	}
	return judge(output.Bytes(), err != nil), nil
}

// judge reads what `go test -json` printed.
func judge(output []byte, failed bool) result {
	if !failed {
		return result{outcome: survived}
	}
	r, running := result{outcome: killed}, "(before the first test)"
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, len(output)+1)
	for lines.Scan() {
		var event struct{ Action, Test, Output, FailedBuild string }
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		switch {
		case event.Action == "build-output" && r.outcome != notBuilt && !strings.HasPrefix(event.Output, "#"):
			r = result{notBuilt, strings.TrimSpace(event.Output)}
		case r.outcome == notBuilt:
		case event.Action == "build-fail" || event.FailedBuild != "":
			r = result{notBuilt, "(no reason given)"}
		case strings.HasPrefix(event.Output, "panic: test timed out"):
			r.outcome = timedOut
		case r.outcome == timedOut && strings.HasPrefix(event.Output, "\t\tTest"):
			r.by = strings.Fields(event.Output)[0]
		case event.Action == "run":
			running = event.Test
		case event.Action == "fail" && event.Test != "" && r.by == "":
			r.by = event.Test
		}
	}
	if r.by == "" { // the process ended without a word of the test: it ran out of memory, or a test ended it
		r.by = "crash in " + running
	}
	return r
}
