package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// runner runs test programs.
type runner struct {
	short bool
	limit time.Duration // of a program with all tests
}

// run runs the tests of a package on an engine; those that an early end left out are run one by
// one.
func (r runner) run(ctx context.Context, b binary, engine string) (verdicts, error) {
	names, err := r.names(ctx, b, engine)
	if err != nil {
		return nil, err
	}
	v, err := r.execute(ctx, b, engine, "")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, has := v[name]; has {
			continue
		}
		single := r
		single.limit = r.limit / 4
		one, err := single.execute(ctx, b, engine, "^"+regexp.QuoteMeta(name)+"$")
		if err != nil {
			return nil, err
		}
		if _, has := one[name]; !has {
			one[name] = failed // it ended the program without a verdict
		}
		v.add(one)
	}
	return v, nil
}

// names lists the package's tests, examples with an output, and fuzz tests, which run their seeds.
func (r runner) names(ctx context.Context, b binary, engine string) ([]string, error) {
	var stdout bytes.Buffer
	if err := r.start(ctx, b, engine, &stdout, "-test.list=."); err != nil {
		return nil, fmt.Errorf("listing the tests of %s: %w", b.short(), err)
	}
	return listed(stdout.String()), nil
}

// listed takes the names out of a list of tests.
func listed(text string) (names []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"Test", "Example", "Fuzz"} {
			if strings.HasPrefix(line, prefix) && !strings.ContainsAny(line, " \t") {
				names = append(names, line)
			}
		}
	}
	return names
}

// execute runs the tests of a pattern and reads their verdicts.
func (r runner) execute(ctx context.Context, b binary, engine, pattern string) (verdicts, error) {
	arguments := []string{"-test.v=test2json", "-test.timeout=" + r.limit.String()}
	if pattern != "" {
		arguments = append(arguments, "-test.run="+pattern)
	}
	if r.short {
		arguments = append(arguments, "-test.short")
	}
	var stdout bytes.Buffer
	err := r.start(ctx, b, engine, &stdout, arguments...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		return nil, fmt.Errorf("running the tests of %s: %w", b.short(), errors.Join(err, ctx.Err()))
	}
	return parse(stdout.String(), engine), nil
}

// start runs a test program in its package's folder. The testing package's own limit comes first;
// the other is for what ignores it.
func (r runner) start(ctx context.Context, b binary, engine string, stdout io.Writer, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, r.limit+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.program, arguments...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.dir, stdout, stdout
	cmd.Env = append(os.Environ(), "GOMLX_BACKEND="+engine)
	cmd.WaitDelay = 5 * time.Second
	return cmd.Run()
}
