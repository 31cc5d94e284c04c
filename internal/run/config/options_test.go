package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

// tried loads a setting and resolves the schedules, as a run does.
func tried(setting string) error {
	from := Sources{Preset: Paper, Set: []string{setting}}
	c, err := Load(from, small)
	if err == nil {
		_, err = c.Plan(6400)
	}
	return err
}

// bad are values that an option of a type cannot have, by what is wrong with them.
func bad(path string, t reflect.Type) map[string]string {
	values := map[string]string{"empty": "", "null": "~", "a section": "{a: 1}", "an anchor": "&a 1"}
	number := map[string]string{
		"text": "many", "not a number": ".nan", "infinite": "-.inf", "octal": "010",
		"hexadecimal": "0x10", "underscores": "1_0", "in quotes": `"1"`, "a bool": "true", "below": "-1",
		"a list": "[1]",
	}
	switch {
	case hasText(t):
		maps := map[string]string{
			"no unit": "10", "below": "-1 epochs", "not a number": ".nan epochs",
			"too large": "101 epochs", "far too large": "1e400 epochs", "unknown unit": "3 hours", "a list": "[1]",
		}
		return merged(values, maps)
	case t.Kind() == reflect.Int:
		return merged(values, number,
			map[string]string{"too large": "2147483648", "fraction": "1.5", "exponent": "1e3"})
	case t.Kind() == reflect.Uint64:
		return merged(values, number, map[string]string{"too large": "18446744073709551616", "fraction": "1.5"})
	case t.Kind() == reflect.Float64:
		return merged(values, number,
			map[string]string{
				"too large": "1e400", "too large for float32": "1e39", "too small": "1e-400",
				"negative zero": "-0.0",
			})
	case t.Kind() == reflect.Bool:
		return merged(values, map[string]string{
			"yes": "yes", "on": "on", "1": "1", "True": "True",
			"in quotes": `"true"`, "a list": "[true]",
		})
	case t.Kind() == reflect.String:
		more := map[string]string{"number": "7", "a bool": "true", "a list": "[a]"}
		if !slices.Contains(searched, path) {
			more["unknown word"], more["empty text"] = "wrod", `""`
		}
		return merged(values, more)
	case t.Kind() == reflect.Array:
		return merged(values, map[string]string{
			"no list": "1", "too short": "[1]", "too long": "[1, 1, 1, 1]",
			"text in it": "[" + strings.Repeat("a, ", t.Len()-1) + "a]", "not a number in it": "[" +
				strings.Repeat(".nan, ", t.Len()-1) + ".nan]", "below": "[" + strings.Repeat("-1, ", t.Len()-1) +
				"-1]",
		})
	case t.Kind() == reflect.Slice:
		return merged(values, map[string]string{
			"no list": "1", "text in it": "[a]", "not a number in it": "[.nan]",
			"none in it": "[]", "below": "[-1]", "above": "[2]",
		})
	}
	return nil
}

// searched are the options whose text may be anything here: their values are looked for, in folders
// and among engines.
var searched = []string{"backend", "data.dir", "init"}

func merged(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

// Every option there is, also one that is added tomorrow, refuses what it cannot be, and says its
// whole path, the value and what it must be.
func TestEveryOptionNamesItself(t *testing.T) {
	tested := 0
	visit(reflect.TypeFor[Config](), "", false, func(path string, kind reflect.Type) {
		values := bad(path, kind)
		if values == nil {
			t.Errorf("%s is a %s: nothing is known about its bad values", path, kind)
		}
		for what, value := range values {
			if path == "augment.mean" && what == "below" {
				continue // any number will do
			}
			if path == "train.schedule.freeze_last_layer" && what == "too large" {
				continue // it may outlast the run
			}
			tested++
			err := tried(path + "=" + value)
			if err == nil {
				t.Errorf("%s=%s (%s) is accepted", path, value, what)
				continue
			}
			message := err.Error()
			lines := strings.Split(message, "\n")
			if !slices.ContainsFunc(lines, func(line string) bool { return names(line, path, what, value) }) {
				t.Errorf("%s=%s (%s): %v", path, value, what, err)
			}
			checkNames(t, message, path+"="+value)
		}
	})
	if tested < 500 {
		t.Errorf("only %d values were tried", tested)
	}
}

// names tells whether a line says all: the path behind what was typed, the value, and the
// requirement.
func names(line, path, what, value string) bool {
	line = strings.TrimPrefix(line, "config: --set "+path+"="+value+": ")
	line = strings.TrimPrefix(line, "config: ")
	rest, ok := strings.CutPrefix(line, path)
	switch {
	case !ok:
		return false
	case what == "empty" || what == "null":
		return strings.HasPrefix(rest, " has no value")
	case what == "an anchor":
		return strings.HasPrefix(rest, ": anchors")
	case strings.HasPrefix(value, "["): // the place in the list, or the whole
		return strings.Contains(rest, " is ") && strings.Contains(rest, "must")
	}
	is, required, found := strings.Cut(rest, ": ")
	if what == "a section" {
		is, required, found = strings.Cut(rest, "}: ")
		is += "}"
	}
	return found && strings.Contains(is, strings.Trim(value, `"`)) &&
		(strings.Contains(required, "must") || strings.Contains(required, "at most"))
}

// A key with a letter too few, too many or two in the wrong order is answered with the option that
// was meant.
func TestMisspeltOptions(t *testing.T) {
	for _, path := range Options() {
		leaf := path[strings.LastIndex(path, ".")+1:]
		before := strings.TrimSuffix(path, leaf)
		tries := []string{leaf + "s", leaf + leaf[len(leaf)-1:]}
		if len(leaf) > 4 {
			tries = append(tries, leaf[:2]+leaf[3:], strings.ReplaceAll(leaf, "_", ""))
		}
		for _, wrong := range tries {
			if slices.Contains(Options(), before+wrong) || wrong == leaf {
				continue
			}
			want := fmt.Sprintf("config: --set %s=1: there is no option %s; did you mean %s?", before+wrong,
				before+wrong, path)
			if err := tried(before + wrong + "=1"); err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
	for wrong, want := range map[string]string{
		"trian.epochs": "train", "epochs": "train.epochs",
		"clip": "train.optimizer.clip", "lr.base": "train.schedule.lr", "model.vitt.depth": "model.vit",
	} {
		if err := tried(wrong + "=1"); err == nil || !strings.Contains(err.Error(), "there is no option ") ||
			!strings.Contains(err.Error(), "; did you mean "+want) {
			t.Errorf("%s: %v, want %s", wrong, err, want)
		}
	}
}

// The words of the help are those that are taken, and an error lists them.
func TestEnumerations(t *testing.T) {
	listed := slices.Clone(searched)
	for _, words := range Enumerations() {
		listed = append(listed, words.Option)
		err := tried(words.Option + "=wrod")
		testkit.RequireError(t, err, words.Option+` is "wrod": must be `)
		for _, word := range words.Allowed {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error lacks %s: %v", words.Option, word, err)
			}
			if err := tried(words.Option + "=" + word); err != nil &&
				strings.Contains(err.Error(), words.Option+" is ") {
				t.Errorf("%s=%s: %v", words.Option, word, err)
			}
		}
	}
	visit(reflect.TypeFor[Config](), "", false, func(path string, kind reflect.Type) {
		if kind.Kind() == reflect.String && !slices.Contains(listed, path) {
			t.Errorf("%s is a word, and nothing lists which", path)
		}
	})
}

// An error about a value says where it was set: in a file, by --set, or by the flag that is short
// for it.
func TestExplain(t *testing.T) {
	file := write(t, "train:\n  epochs: 0\n  batch_size: 0\nknn: {k: 0}\naugment:\n  mean: [0, 0, 0]\n  std: "+
		"[1, -1, 1]\n")
	from := Sources{
		File: file, Set: []string{"knn.temperature=0", "knn.k=0"},
		Flags: []Flag{{Name: "--epochs", Option: "train.epochs", Value: "-3"}},
	}
	_, err := Load(from, small)
	testkit.RequireError(t, from.Explain(err), "train.epochs is -3: must be at least 1 (set by --epochs)",
		"augment.std is [1 -1 1]: must be positive in every channel (set in "+file+", line 7)",
		"knn.k is 0: must be at least 1 (set by --set)")
	from = Sources{Preset: "fast"}
	_, err = Load(from, small)
	testkit.RequireError(t, from.Explain(err), `preset is "fast": must be "auto", "seed" or "paper" (set by --preset)`)
	_, err = Load(Sources{Flags: []Flag{{Name: "--data", Option: "data.dir", Value: `"a`}}}, small)
	testkit.RequireError(t, err, "config: --data: ")
}

// A teacher that never changes, or always equals the student, is refused whatever makes it so,
// unless it is said to be meant.
func TestConstantTeacher(t *testing.T) {
	for _, c := range []struct {
		start, end float64
		per        string
		epochs     int
		images     int
		refused    string
	}{
		{0.996, 1, "step", 100, 6400, ""},
		{1, 1, "step", 100, 6400, "the teacher never changes"},
		{1, 1, "epoch", 100, 6400, "the teacher never changes"},
		{0, 0, "step", 100, 6400, "the teacher is the student"},
		{0, 0, "epoch", 100, 6400, "the teacher is the student"},
		{0, 1, "step", 100, 6400, ""},
		{1, 0.5, "step", 100, 6400, ""},
		{1, 0.5, "epoch", 1, 6400, "in all 100 steps"}, // no epoch is left to change it
		{1, 0.5, "step", 1, 64, "in all 1 steps"},
		{1 - 1e-9, 1, "step", 100, 6400, "the teacher never changes"}, // in float32
		{0.5, 0.5, "step", 100, 6400, ""},
	} {
		config := paper()
		config.Train.Schedule.LearningRate.Warmup, config.Train.Schedule.FreezeLastLayer = percent(0), percent(0)
		config.Model.EMADecayStart, config.Model.EMADecayEnd = c.start, c.end
		config.Train.Schedule.MomentumPer, config.Train.Epochs = c.per, c.epochs
		_, err := config.Plan(c.images)
		if c.refused == "" {
			if err != nil {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		testkit.RequireError(t, err, "config: model.ema_decay_start is ", " and model.ema_decay_end is ", c.refused,
			"model.allow_constant_teacher=true")
		config.Model.AllowConstantTeacher = true
		if _, err := config.Plan(c.images); err != nil {
			t.Errorf("%+v, allowed: %v", c, err)
		}
	}
}

// An emptied or shortened configuration of a run is no configuration; one of an older version is.
func TestIncompleteConfiguration(t *testing.T) {
	text, err := mustLoad(t, Sources{}).YAML()
	if err != nil {
		t.Fatal(err)
	}
	for name, saved := range map[string]string{
		"empty": "", "comments": "# nothing\n",
		"half": string(text[:strings.Index(string(text), "\ntrain:")+1]),
	} {
		path := write(t, saved)
		_, err := Read(path)
		testkit.RequireError(t, err, "config: "+path+": lacks the option ",
			"others, which the configuration of a run has")
		t.Log(name, err)
	}
	path := write(t, strings.Replace(string(text), "  keep: 2\n", "", 1))
	_, err = Read(path)
	testkit.RequireError(t, err, path+": lacks the option checkpoint.keep, which")
	path = write(t, strings.Replace(string(text), "  allow_constant_teacher: false\n", "", 1))
	if c, err := Read(path); err != nil || c.Model.AllowConstantTeacher {
		t.Errorf("of an older version: %v", err)
	}
	newer := regexp.MustCompile(`(?m)^  allow_constant_teacher:.*\n|^  koleo_weight:.*\n|^  every_minutes:.*\n|` +
		`^    kind: adamw\n|^    lars:\n(      .*\n)+|^    muon:\n(      .*\n)+|^pictures:\n  images:.*\n|` +
		`^    (activation|norm|post_norm|dist_token):.*\n|` +
		`^  (range|normalization|background|truncated|pages|decode_mb|time):.*\n`)
	without := newer.ReplaceAllString(string(text), "")
	if gone := strings.Count(string(text), "\n") - strings.Count(without, "\n"); gone != len(later)+3 {
		t.Errorf("%d lines are gone, want those of %d options and three sections", gone, len(later))
	}
	was, err := older()
	if err != nil {
		t.Fatal(err)
	}
	want := mustLoad(t, Sources{})
	want.Checkpoint.EveryMinutes, want.Pictures.Images, want.Data.Range = 0, 0, was.Data.Range
	want.Data.DecodeMB = was.Data.DecodeMB
	c, err := Read(write(t, without))
	if diff := cmp.Diff(want, c); diff != "" || err != nil {
		t.Errorf("of a version without optimizers to choose from (%v): -want +got:\n%s", err, diff)
	}
	path = write(t, strings.Replace(string(text), "  keep: 2\n", "  keep: 0\n", 1))
	_, err = Read(path)
	testkit.RequireError(t, err, "checkpoint.keep is 0: must be at least 1", "(in "+path+", line ")
}

// Whatever a file holds, reading it takes memory in proportion to a megabyte.
func TestHostileFiles(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 30 {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	var indented strings.Builder
	for i := range 900 {
		fmt.Fprintf(&indented, "%*sa:\n", i, "")
	}
	path := filepath.Join(t.TempDir(), "hostile.yaml")
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", 400_000), "braces": strings.Repeat("{a: ", 20_000),
		"indented": indented.String(), "dashes": strings.Repeat("- ", 40_000),
		"50 MB": strings.Repeat("seed: 1\n", 50<<20/8), "laughs": laughs, "aliases": "data: &a {dir: *a}\n",
		"list": "augment: {mean: [" + strings.Repeat("1,", 60_000) + "1]}\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, fileErr := Load(Sources{File: path}, small)
		_, readErr := Read(path)
		runtime.ReadMemStats(&after)
		testkit.RequireError(t, fileErr, "config: "+path+": ")
		testkit.RequireError(t, readErr, "config: "+path+": ")
		if len(fileErr.Error()) > 2000 {
			t.Errorf("%s: an error of %d bytes", name, len(fileErr.Error()))
		}
		// of garbage, most of it gone at once; unbounded, the brackets take ten times that
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 600 {
			t.Errorf("%s: reading it twice takes %d MB", name, used)
		}
	}
}
