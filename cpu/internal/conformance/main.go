// Command conformance runs GoMLX's own tests on the engine "cpu" and on compute's
// own engine "go", and compares:
//
//	go run ./cpu/internal/conformance [-packages core/graph,ml/nn] [-short] [-keep folder]
//
// It works on a copy of GoMLX's module from the module cache, of which nothing is changed: each
// package with tests gets one more test file, which imports the engine. A test that the stock
// engine passes and ours does not is a failure, unless exceptions.txt says why it may be one; so is
// an exception that is not needed. Tests that do not get their turn, because one before them ended
// the program, are run one by one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// The backends as GOMLX_BACKEND takes them: ours, and the one that it is compared with. With a
// bounded number of workers the latter deadlocks in graphs with independent branches.
const (
	ours  = "cpu"
	stock = "go:parallelism=-1"
)

var errNonconforming = errors.New("the stock engine passes tests that this one does not")

func main() {
	packages := flag.String("packages", "core/...,ml/...", "packages of GoMLX, below its root, separated by commas")
	short := flag.Bool("short", false, "leave out what GoMLX's tests leave out in short mode")
	limit := flag.Duration("limit", 3*time.Minute, "time that a package's tests may take on an engine")
	keep := flag.String("keep", "", "folder to work in, which is kept; empty for a temporary one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := runner{short: *short, limit: *limit}
	if err := conformance(ctx, *keep, strings.Split(*packages, ","), r); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func conformance(ctx context.Context, folder string, packages []string, r runner) error {
	exceptions, err := parseExceptions(exceptionsText)
	if err != nil {
		return err
	}
	level, err := isa.InUse()
	if err != nil {
		return err
	}
	if folder == "" {
		if folder, err = os.MkdirTemp("", "conformance"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	}
	w, err := newWorkspace(ctx, folder)
	if err != nil {
		return err
	}
	fmt.Printf("gomlx %s, compute %s, %s %s/%s, %d threads, kernels for %s\n", w.gomlx, w.compute, runtime.Version(),
		runtime.GOOS, runtime.GOARCH,
		runtime.GOMAXPROCS(0), level)
	binaries, err := w.build(ctx, packages)
	if err != nil {
		return err
	}
	return report(ctx, binaries, exceptions, r)
}

// report runs everything and prints what came of it.
func report(ctx context.Context, binaries []binary, exceptions []exception, r runner) (err error) {
	fmt.Printf("%-44s %22s %22s\n", "passed/failed/skipped", ours, stock)
	var all [2]count
	var findings []finding
	run := map[string]verdicts{}
	for _, b := range binaries {
		var v [2]verdicts
		for i, engine := range []string{ours, stock} {
			if v[i], err = r.run(ctx, b, engine); err != nil {
				return err
			}
			all[i] = all[i].plus(v[i].count())
		}
		fmt.Printf("%-44s %22s %22s\n", b.short(), v[0].count(), v[1].count())
		findings = append(findings, compare(b.short(), v[0], v[1])...)
		if !r.short { // an exception may be about what is left out
			run[b.short()] = v[0]
		}
	}
	failures := judge(findings, exceptions, run)
	for _, f := range failures {
		fmt.Println(f)
	}
	fmt.Printf("%s: %s\n", stock, all[1].sentence())
	fmt.Println(all[0].sentence())
	if len(failures) > 0 {
		return errNonconforming
	}
	return nil
}
