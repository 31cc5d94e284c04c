// Command bench times the engine beside PyTorch: both are kept ready, and take turns, so that a
// busy machine is busy for both. It prints medians, the ratio of each pair of turns, and which
// processor, instruction set and versions the figures belong to.
//
//	DINO_TEST_PYTHON=venv/bin/python go run ./bench            # everything, ten turns
//	go run ./bench -work 'forward' -turns 5 -precision float32  # without a peer: the engine alone
//	DINO_CPU=avx2 go run ./bench                               # both sides with AVX2 and no more
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/regularfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	works      *regexp.Regexp
	precisions []string
	modes      []string // of the peer
	turns      int
	engine     string
	python     string
}

func parse(args []string) (options, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	pattern := flags.String("work", "",
		"a regular expression over the names of the work; empty means all but the small")
	precisions := flags.String("precision", "float32,bfloat16", "precisions, by commas")
	modes := flags.String("peer", "eager,compiled", "how the peer runs, by commas")
	turns := flags.Int("turns", 10, "how often each side has its turn")
	engine := flags.String("engine", "cpu", "the engine: cpu, or go for the stock one")
	python := flags.String("python", os.Getenv("DINO_TEST_PYTHON"), "a Python with PyTorch and timm; empty: no peer")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if *turns < 1 {
		return options{}, fmt.Errorf("-turns is %d: must be at least 1", *turns)
	}
	o := options{
		precisions: strings.Split(*precisions, ","), modes: strings.Split(*modes, ","), turns: *turns,
		engine: *engine, python: *python,
	}
	if *pattern != "" {
		var err error
		if o.works, err = regexp.Compile(*pattern); err != nil {
			return options{}, fmt.Errorf("-work: %w", err)
		}
	}
	for _, p := range o.precisions {
		if err := precision.Check(p); err != nil {
			return options{}, fmt.Errorf("-%w", err)
		}
	}
	if o.python == "" {
		o.modes = nil
	}
	return o, nil
}

// wants says whether the options ask for a piece of work.
func (o *options) wants(w work) bool {
	if o.works == nil {
		return !w.small
	}
	return o.works.MatchString(w.name)
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	engine, err := backend.Open(o.engine)
	if err != nil {
		return err
	}
	var other *peer
	if o.python != "" {
		if other, err = startPeer(o.python, runtime.GOMAXPROCS(0), os.Getenv("DINO_CPU")); err != nil {
			return err
		}
		defer other.close()
	}
	heading(engine, other)
	for _, w := range works {
		for _, precision := range o.precisions {
			if !o.wants(w) {
				continue
			}
			times, err := measure(ctx, &o, engine, other, w, precision)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", w.name, precision, err)
			}
			fmt.Print(times.rows(w.title, precision))
		}
	}
	return nil
}

// heading says what the figures belong to, and begins the table.
func heading(engine compute.Backend, other *peer) {
	fmt.Printf("%s\n\n%s, %s, %s", time.Now().Format(time.DateOnly), processor(), backend.Describe(engine),
		runtime.Version())
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				fmt.Printf(", commit %.10s", s.Value)
			}
		}
	}
	if other != nil {
		fmt.Printf(",\nbeside %s", other)
	}
	fmt.Print("\n\n| work | precision | engine | peer | peer's time | ratio |\n|---|---|---|---|---|---|\n")
}

// processor is its name as the system knows it.
func processor() string {
	text, _ := regularfile.ReadFile("/proc/cpuinfo")
	found := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(text)
	if found == nil {
		return runtime.GOARCH
	}
	return cmp.Or(string(found[1]), runtime.GOARCH)
}
