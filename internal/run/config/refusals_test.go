package config

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// optionNames are what looks like the name of an option, or a part of one: words joined by points
// or underscores. firstWord is the name that a text begins with.
var (
	optionNames = regexp.MustCompile(`[a-z][a-z0-9]*(?:[._][a-z0-9]+)+`)
	firstWord   = regexp.MustCompile(`^[a-z][a-z0-9._]*`)
)

// known are all options.
var known = Options()

// isPart tells whether a text is the end of a path, so that a reader cannot write it as an option.
func isPart(name string) bool {
	return slices.ContainsFunc(known, func(path string) bool { return strings.HasSuffix(path, separator+name) })
}

// allowed are words of options that have the form of a name of their own: vit_small_patch16_224.
func allowed(name string) bool {
	return slices.ContainsFunc(Enumerations(), func(w Words) bool { return slices.Contains(w.Allowed, name) })
}

// checkNames requires that every line of a refusal comes from config, begins with the full path of
// an option, behind the setting where that is quoted, and names no option by a part of its path.
func checkNames(t *testing.T, message string, set ...string) {
	t.Helper()
	for line := range strings.Lines(message) {
		rest, ok := strings.CutPrefix(line, "config: ")
		for _, setting := range set {
			rest = strings.TrimPrefix(rest, "--set "+setting+": ")
		}
		if !ok || !slices.Contains(known, strings.Trim(firstWord.FindString(rest), separator)) {
			t.Errorf("%q: must begin with the option that is refused: %s", set, line)
		}
		for _, name := range optionNames.FindAllString(rest, -1) {
			if !slices.Contains(known, name) && isPart(name) && !allowed(name) {
				t.Errorf("%q: must name %s by its whole path: %s", set, name, line)
			}
		}
	}
}

// plausible are values that an option of a kind may be given, some of which it or another option
// beside it refuses.
func plausible(path string, kind reflect.Type) []string {
	for _, words := range Enumerations() {
		if words.Option == path {
			return words.Allowed
		}
	}
	switch {
	case hasText(kind):
		return []string{"0 epochs", "1 steps", "2.5 epochs", "50%", "1000 epochs", "100000 steps", "0.3 steps", "0%"}
	case kind.Kind() == reflect.Bool:
		return []string{"true", "false"}
	case kind.Kind() == reflect.Int, kind.Kind() == reflect.Uint64:
		return []string{"0", "1", "2", "3", "4", "7", "16", "97", "101", "384", "1001", "20000", "2147483647"}
	case kind.Kind() == reflect.Float64:
		return []string{"0", "1e-9", "0.02", "0.05", "0.5", "0.99", "1", "1.5", "3", "1e9", "1e38", "-1"}
	case kind.Kind() == reflect.Array:
		return []string{"[0, 0]", "[1, 1]", "[0.5, 0.1]", "[32, 33]", "[0, 0, 0]", "[1, 2, 3]", "[-1, 1]"}
	case kind.Kind() == reflect.Slice:
		return []string{"[0]", "[1, 0, 0.5]", "[0.5, 0.5]", "[1.5]"}
	}
	return []string{"any"}
}

// TestRefusalsNameOptions sets options alone and two or three at a time to values that are right by
// themselves, on every preset: whatever is refused, for itself or beside another, is named as a
// user writes it.
func TestRefusalsNameOptions(t *testing.T) {
	var settings []string
	visit(reflect.TypeFor[Config](), "", false, func(path string, kind reflect.Type) {
		for _, value := range plausible(path, kind) {
			settings = append(settings, path+"="+value)
		}
	})
	refused := 0
	try := func(preset string, set ...string) {
		c, err := Load(Sources{Preset: preset, Set: set}, small)
		if err == nil {
			_, err = c.Plan(6400)
		}
		if err != nil {
			refused++
			checkNames(t, err.Error(), set...)
		}
	}
	presets := []string{Auto, Seed, Paper}
	for _, preset := range presets {
		for _, setting := range settings {
			try(preset, setting)
		}
	}
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for range 3000 {
		var set []string
		for range 2 + rng.IntN(2) {
			set = append(set, settings[rng.IntN(len(settings))])
		}
		try(presets[rng.IntN(len(presets))], set...)
	}
	if refused < 1000 {
		t.Errorf("only %d settings were refused", refused)
	}
}
