package archtest

import (
	"slices"
	"testing"
)

// rule says what some packages may not import.
type rule struct {
	name   string
	of     []string // the packages that the rule binds; empty binds all
	except []string // but not these
	not    []string // what they may not import
	only   []string // if set: of the module they may import nothing else
	deep   bool     // binds what they import, too, and what that imports
	tests  bool     // binds their tests too
	reason string
}

// engines are the packages that compute. GoMLX's graphs are not among them.
var engines = []string{"github.com/gomlx/compute/gobackend/...", "github.com/gomlx/go-xla/...", "cpu"}

// plain are the packages that any Go program could use without a tensor library. A wing is bound as
// a folder: a new package in it is from birth.
var plain = []string{
	"augment", "eval/...", "measure", "observe", "schedule", "weights", "weights/pickle",
	"internal/data/...", "internal/output/...", "internal/run/...", "internal/watch/...",
	"internal/atomicfile", "internal/bounded", "internal/checkpoint", "internal/csvtext", "internal/destination",
	"internal/digits", "internal/memory", "internal/option", "internal/parseerror", "internal/pixel",
	"internal/progress", "internal/regularfile", "internal/runfiles", "internal/spelling", "internal/settings",
	"internal/terminal", "internal/usage",
}

var rules = []rule{
	{
		name: "cmd is a door", of: []string{"cmd/..."}, only: []string{"internal/cli"},
		reason: "a main package cannot be tested or imported: it calls cli.Main and does nothing else",
	},
	{
		name: "nothing below imports the command line", except: []string{"cmd/...", "internal/cli/..."},
		not: []string{"internal/cli/..."}, tests: true,
		reason: "flags, exit codes and printing are decided in one place, on top; a package that needs them cannot " +
			"be used by a library or a server",
	},
	{
		name: "engines are opened in one place", except: []string{"internal/backend", "cpu/..."}, not: engines,
		reason: "internal/backend is the only importer of engines, so that one build tag adds or removes one, and no " +
			"package depends on which it is",
	},
	{
		name: "the engine could be a module of its own", of: []string{"cpu/..."}, only: []string{"cpu/..."},
		tests: true,
		reason: "cpu implements compute.Backend for any GoMLX program and knows no network of ours, in its tests " +
			"neither: what it does for one is a graph pass, tested on graphs of its own; tests of our networks on " +
			"the engine are in internal/backend",
	},
	{
		name: "data, schedules, logs and files know no tensors", of: plain, not: []string{"github.com/gomlx/..."},
		// what computes in a run
		except: []string{
			"internal/run/pretrain", "internal/run/teacher", "internal/run/trainer", "internal/run/warmstart",
		},
		reason: "they are plain Go: quick to compile and test, usable without an engine, and no change of the tensor " +
			"library touches them",
	},
	{
		name: "the method knows no plumbing", of: []string{"distill"}, deep: true,
		only: []string{
			"nets/...", "optim", "schedule", "measure", "internal/center", "internal/layer", "internal/option",
			"internal/precision",
		},
		reason: "the method is importable by any Go program with its own data, loop and files; it knows networks, " +
			"layers and the optimizer, how an option's error is written, and what precisions there are",
	},
	{
		name: "networks know no plumbing", of: []string{"nets/...", "internal/layer", "optim"},
		except: []string{"nets/netstest"}, deep: true,
		only:   []string{"nets/...", "internal/layer", "internal/option"},
		reason: "a network is a function of its configuration and variables, wherever these come from",
	},
	{
		name: "what is measured is described without what measures it", of: []string{"measure"}, only: []string{},
		reason: "the method, schedules, the trainer and whatever writes a run down share the description of a " +
			"number; it can be above none of them",
	},
	{
		name: "logs follow a table",
		of: []string{
			"observe", "internal/run/runlog", "internal/run/console", "internal/run/mlflow", "internal/run/prometheus",
			"internal/progress",
		},
		not: []string{"distill", "schedule", "internal/run/trainer"},
		reason: "a log writes what the table says that it is given: no measurement is known to it by name, so that " +
			"adding one changes no log",
	},
	{
		name: "weights know no runs", of: []string{"weights/..."},
		not: []string{"internal/checkpoint", "internal/run/..."},
		reason: "what a run saves is opened by whoever knows runs, and handed in (layout.Options.Newest); of a run " +
			"folder weights know the names of its files",
	},
	{
		name: "data know neither runs nor results", of: []string{"internal/data/..."},
		not:    []string{"internal/run/...", "internal/output/...", "internal/inference/...", "distill", "nets/..."},
		reason: "images, their order and their views are the same for training, evaluation and serving",
	},
	{
		name: "results know no runs", of: []string{"internal/output/..."},
		not:    []string{"internal/run/...", "internal/inference/...", "distill", "nets/..."},
		reason: "a file or a picture is made of numbers, wherever these come from",
	},
	{
		name: "views depend on pixels alone", of: []string{"augment"},
		only:   []string{"internal/option", "internal/pixel"},
		reason: "an augmentation is a function of an image and a random stream; it reads no file and knows no data set",
	},
	{
		name: "metrics depend on matrices alone", of: []string{"eval"}, only: []string{"augment", "eval/internal/..."},
		reason: "a metric reads a features matrix; where the features come from is not its business (augment: raw " +
			"pixels are a baseline)",
	},
	{
		name: "a run has no face", of: []string{".", "internal/run/pretrain"}, deep: true,
		not: []string{"internal/cli/...", "internal/run/console", "internal/progress", "github.com/spf13/..."},
		reason: "flags and printing belong to one of the doors of a run; a Go program, a server or a page " +
			"follows it as an observer",
	},
	{
		name: "who is told what is below all that tells it", of: []string{"observe"}, only: []string{"measure"},
		reason: "a program implements observers: what they are told mentions nothing of how a run is made",
	},
	{
		name: "the loop is told, it does not look", of: []string{"internal/run/trainer"},
		not: []string{
			"internal/run/config", "internal/run/rundir", "internal/data/folder", "internal/data/imageio",
			"internal/backend",
		},
		reason: "the trainer is given an engine, a loader and folders; it does not know where options, images or " +
			"paths come from, so that it can be tested with others",
	},
	{
		name:   "test helpers stay in tests",
		except: []string{"internal/testkit/...", "cpu/internal/testseed", "nets/netstest"},
		not: []string{
			"internal/testkit/...", "cpu/internal/testseed", "nets/netstest", "testing", "pgregory.net/rapid",
			"github.com/google/go-cmp/...", "github.com/rogpeppe/go-internal/...",
		},
		reason: "what helps tests is not in the program",
	},
	{
		name: "a user's network needs no more than a user has", of: []string{"internal/testkit/convnet"},
		only:   []string{"nets"},
		reason: "it stands for the networks of others, which import GoMLX and public packages",
	},
	{
		name: "GoMLX's training loop is not used", not: []string{
			"github.com/gomlx/gomlx/ml/train/...", "github.com/gomlx/gomlx/ml/layers/...",
			"github.com/gomlx/gomlx/ml/model/checkpoint/...",
		},
		reason: "in v0.28.2 its loop runs hooks before its NaN check, its Adam decays norms and biases, its " +
			"checkpoints are not atomic and its layers have other names than the weights on disk",
	},
}

// check returns the imports of a package that break a rule.
func (r rule) check(p pkg) []string {
	if len(r.of) > 0 && !matches(p.rel(), r.of...) || matches(p.rel(), r.except...) {
		return nil
	}
	imports := slices.Clone(p.Imports)
	if r.deep {
		imports = slices.Clone(p.Deps)
	}
	if r.tests {
		imports = append(append(imports, p.TestImports...), p.XTestImports...)
	}
	slices.Sort(imports)
	var broken []string
	for _, path := range slices.Compact(imports) {
		ours := rel(path) != path
		if matches(rel(path), r.not...) || r.only != nil && ours && !matches(rel(path), r.only...) {
			broken = append(broken, rel(path))
		}
	}
	return broken
}

func TestImports(t *testing.T) {
	for _, p := range list(t) {
		for _, r := range rules {
			for _, imported := range r.check(p) {
				t.Errorf("%s imports %s.\n\tRule: %s.\n\tReason: %s.", p.rel(), imported, r.name, r.reason)
			}
		}
	}
}

// Every package that a rule names exists; otherwise the rule binds nobody and nobody notices.
func TestRulesBindPackages(t *testing.T) {
	all := list(t)
	for _, r := range rules {
		for _, pattern := range slices.Concat(r.of, r.except) {
			if !slices.ContainsFunc(all, func(p pkg) bool { return matches(p.rel(), pattern) }) {
				t.Errorf("rule %q: there is no package %s", r.name, pattern)
			}
		}
		if r.reason == "" {
			t.Errorf("rule %q has no reason", r.name)
		}
	}
}

// The rules are able to fail.
func TestRulesCatch(t *testing.T) {
	for _, c := range []struct {
		rule    string
		from    string
		imports string
		asTest  bool
		want    bool
	}{
		{"cmd is a door", "cmd/dino", module + "/internal/config", false, true},
		{"cmd is a door", "cmd/dino", "os", false, false},
		{"nothing below imports the command line", "internal/run/trainer", module + "/internal/cli/embed", false, true},
		{"nothing below imports the command line", "internal/run/trainer", module + "/internal/cli", true, true},
		{
			"nothing below imports the command line", "internal/cli/pretrain", module + "/internal/cli/encoder", false,
			false,
		},
		{"engines are opened in one place", ".", "github.com/gomlx/compute/gobackend", false, true},
		{"engines are opened in one place", "internal/cli/pretrain", module + "/cpu", false, true},
		{"engines are opened in one place", "internal/backend", module + "/cpu", false, false},
		{"engines are opened in one place", "nets/vit", "github.com/gomlx/compute", false, false},
		{
			"data, schedules, logs and files know no tensors", "internal/data/loader",
			"github.com/gomlx/gomlx/core/tensors", false, true,
		},
		{
			"data, schedules, logs and files know no tensors", "internal/inference/features",
			"github.com/gomlx/gomlx/core/tensors", false, false,
		},
		{"the engine could be a module of its own", "cpu", module + "/nets/vit", false, true},
		{"the engine could be a module of its own", "cpu", module + "/nets/vit", true, true},
		{"the engine could be a module of its own", "cpu/internal/loop", module + "/internal/testkit", true, true},
		{"the engine could be a module of its own", "cpu/internal/loop", module, true, true},
		{"the engine could be a module of its own", "cpu", module + "/cpu/internal/testseed", true, false},
		{"the engine could be a module of its own", "cpu", "github.com/gomlx/gomlx/core/graph", true, false},
		{"the method knows no plumbing", "distill", module + "/internal/checkpoint", false, true},
		{"the method knows no plumbing", "distill", module + "/weights", false, true},
		{"the method knows no plumbing", "distill", module + "/nets/vit", false, false},
		{
			"data, schedules, logs and files know no tensors", "internal/output/anything",
			"github.com/gomlx/gomlx/core/graph", false, true,
		},
		{
			"what is measured is described without what measures it", "measure", module + "/schedule", false, true,
		},
		{"a run has no face", ".", module + "/internal/progress", false, true},
		{"a run has no face", "internal/run/pretrain", "github.com/spf13/cobra", false, true},
		{"who is told what is below all that tells it", "observe", module + "/internal/run/runlog", false, true},
		{"logs follow a table", "internal/run/runlog", module + "/distill", false, true},
		{"data know neither runs nor results", "internal/data/anything", module + "/internal/run/config", false, true},
		{"weights know no runs", "weights/layout", module + "/internal/checkpoint", false, true},
		{"test helpers stay in tests", "weights", module + "/internal/testkit", false, true},
		{"test helpers stay in tests", "distill", module + "/nets/netstest", false, true},
		{"networks know no plumbing", "nets/another", module + "/weights", false, true},
		{
			"a user's network needs no more than a user has", "internal/testkit/convnet", module + "/internal/layer",
			false, true,
		},
		{"test helpers stay in tests", "weights", module + "/internal/testkit", true, false},
	} {
		r := rules[slices.IndexFunc(rules, func(r rule) bool { return r.name == c.rule })]
		p := pkg{ImportPath: module + "/" + c.from, Imports: []string{c.imports}, Deps: []string{c.imports}}
		if c.from == "." {
			p.ImportPath = module
		}
		if c.asTest {
			p.Imports, p.Deps, p.TestImports = nil, nil, p.Imports
		}
		if caught := len(r.check(p)) > 0; caught != c.want {
			t.Errorf("%s importing %s (as a test: %v) is caught by %q: %v, want %v", c.from, c.imports, c.asTest,
				c.rule, caught, c.want)
		}
	}
}
