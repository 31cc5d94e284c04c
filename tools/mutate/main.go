// Command mutate tells what the tests of a package would miss: it changes one place of the code at
// a time, runs the tests, and lists the changes that no test noticed. The working tree is never
// touched; the changed file reaches the compiler through `go test -overlay`.
//
//	go run ./mutate -C .. -n 20 ./schedule ./distill/step.go
//
// It exits with 0 if every mutant was killed, 1 if some survived, and 2 if it could not do its
// work.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

type options struct {
	dir        string // where the go command runs
	n          int
	seed       uint64
	also       string
	run        string
	timeout    time.Duration
	memory     uint64 // MiB of address space
	equivalent string
	match      *regexp.Regexp
	list       bool
	targets    []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(mutate(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func mutate(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if err != nil {
		return 2
	}
	report, err := try(ctx, o, out)
	if err != nil {
		fmt.Fprintf(errs, "mutate: %v\n", err)
		return 2
	}
	if report.count[survived] > 0 {
		return 1
	}
	return 0
}

func parse(args []string, errs io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: mutate [flags] <folders of packages, or Go files>")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.dir, "C", ".", "`folder` of the module: packages and files are relative to it")
	flags.IntVar(&o.n, "n", 20, "mutants to try, those that do not build not counted; 0 tries all")
	flags.Uint64Var(&o.seed, "seed", 0, "seed of the sample; 0 draws one")
	flags.StringVar(&o.also, "also", "",
		"comma-separated `packages` whose tests run when the mutant's own package lets it live")
	flags.StringVar(&o.run, "run", "", "only the tests that match (go test -run)")
	flags.DurationVar(&o.timeout, "timeout", 2*time.Minute, "longest run of one package's tests")
	flags.Uint64Var(&o.memory, "memory", 8<<10, "address space of a test in MiB, where the system can limit it")
	flags.StringVar(&o.equivalent, "equivalent", "tools/mutate/equivalent.txt",
		"list of mutants that change nothing a test could see; missing is empty")
	flags.BoolVar(&o.list, "list", false, "list all mutants and run nothing")
	match := flags.String("match", "", "only the mutants whose line in the table matches this regular expression")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.match, err = regexp.Compile(*match); err != nil {
		fmt.Fprintf(errs, "mutate: -match: %v\n", err)
		return o, err
	}
	o.targets = flags.Args()
	if len(o.targets) == 0 {
		flags.Usage()
		return o, flag.ErrHelp
	}
	for o.seed == 0 {
		o.seed = rand.Uint64() % 1e6
	}
	return o, nil
}

// try makes the mutants, draws from them, and runs the tests of each.
func try(ctx context.Context, o options, out io.Writer) (*report, error) {
	r := &report{out: out, count: map[outcome]int{}}
	sources, err := load(ctx, o.dir, o.targets)
	if err != nil {
		return r, err
	}
	var all []mutant
	for _, s := range sources {
		found, err := s.mutants()
		if err != nil {
			return r, err
		}
		all = append(all, found...)
	}
	list, err := readEquivalents(filepath.Join(o.dir, o.equivalent))
	if err != nil {
		return r, err
	}
	all, r.equivalent = list.without(all)
	for _, e := range list.stale(sources) {
		fmt.Fprintf(out, "%s: no such mutant any more: %s\n", o.equivalent, e)
	}
	all = slices.DeleteFunc(all, func(m mutant) bool { return !o.match.MatchString(m.String()) })
	if o.list {
		for _, m := range all {
			fmt.Fprintln(out, m)
		}
		return r, nil
	}
	if o.n == 0 {
		o.n = len(all)
	}
	fmt.Fprintf(out, "%d mutants of %d files, %d tried at most; -seed %d repeats this draw\n", len(all), len(sources),
		o.n, o.seed)
	return r, r.runAll(ctx, o, draw(all, o.seed))
}

// runAll runs the tests without a change, which must pass, and then mutant after mutant until n of
// them were built.
func (r *report) runAll(ctx context.Context, o options, mutants []mutant) error {
	t, err := newTester(o)
	if err != nil {
		return err
	}
	defer t.close()
	seen := map[string]bool{}
	built := 0
	for _, m := range mutants {
		if built == o.n {
			break
		}
		if !seen[m.source.pkg] {
			seen[m.source.pkg] = true
			if err := t.baseline(ctx, m.source.pkg); err != nil {
				return err
			}
		}
		result, err := t.try(ctx, m)
		if err != nil {
			return err
		}
		if result.outcome != notBuilt {
			built++
		}
		r.add(m, result)
	}
	r.end()
	return nil
}

// draw orders mutants at random, the kinds in turns: constants, of which there are most, do not
// crowd out the others.
func draw(all []mutant, seed uint64) []mutant {
	random := rand.New(rand.NewPCG(seed, 1))
	byKind := map[string][]mutant{}
	var kinds []string
	for _, m := range all {
		if byKind[m.kind] == nil {
			kinds = append(kinds, m.kind)
		}
		byKind[m.kind] = append(byKind[m.kind], m)
	}
	for _, kind := range kinds {
		of := byKind[kind]
		random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	}
	var drawn []mutant
	for len(drawn) < len(all) {
		random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		for _, kind := range kinds {
			if of := byKind[kind]; len(of) > 0 {
				drawn, byKind[kind] = append(drawn, of[0]), of[1:]
			}
		}
	}
	return drawn
}

// short is text on one line, cut in the middle where it is long.
func short(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	const most = 70
	if len(line) > most {
		return string(line[:most-20]) + " … " + string(line[len(line)-15:])
	}
	return string(line)
}
