package archtest

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

var update = flag.Bool("update", false, "draw the picture of the house in docs/architecture.md anew")

// wings are the parts of the house that are drawn as one: a package alone, or a folder with all
// below it. What none of them has is a small package of internal/, drawn as "internal/*".
var wings = []string{
	"cmd/...", "bench", "internal/cli/...", "internal/run/...", "internal/inference/...", "internal/data/...",
	"internal/output/...", "internal/watch/...", "internal/backend", "internal/layer", "internal/variables",
	".", "distill", "nets/netstest", "nets/...", "optim", "schedule", "measure", "observe", "augment", "eval/...",
	"export",
	"weights/layout",
	"weights/onnx",
	"weights/...", "internal/checkpoint", "cpu/...",
}

const small = "internal/*"

// wingOf is the first of the wings that has a package.
func wingOf(rel string) string {
	for _, w := range wings {
		if matches(rel, w) {
			return w
		}
	}
	return small
}

// imports maps each wing to those that it imports.
func wingImports(all []pkg) map[string]map[string]bool {
	of := map[string]map[string]bool{}
	for _, p := range all {
		if matches(p.rel(), "internal/testkit/...", "internal/archtest") {
			continue
		}
		from := wingOf(p.rel())
		if of[from] == nil {
			of[from] = map[string]bool{}
		}
		for _, path := range p.Imports {
			if rel(path) != path && wingOf(rel(path)) != from {
				of[from][wingOf(rel(path))] = true
			}
		}
	}
	return of
}

// levels puts each wing one above the highest that it imports, and reports those that import each
// other.
func levels(of map[string]map[string]bool) (level map[string]int, climbing []string) {
	level = map[string]int{}
	for len(level) < len(of) {
		placed := map[string]int{}
		for wing, imported := range of {
			if _, done := level[wing]; done {
				continue
			}
			height, ready := 0, true
			for w := range imported {
				below, done := level[w]
				height, ready = max(height, below+1), ready && done
			}
			if ready {
				placed[wing] = height
			}
		}
		if len(placed) == 0 {
			for wing := range of {
				if _, done := level[wing]; !done {
					climbing = append(climbing, wing)
				}
			}
			slices.Sort(climbing)
			return level, climbing
		}
		for wing, height := range placed {
			level[wing] = height
		}
	}
	return level, nil
}

// picture is the table of the wings, the highest first.
func picture(of map[string]map[string]bool, level map[string]int) string {
	names := make([]string, 0, len(of))
	for wing := range of {
		names = append(names, wing)
	}
	slices.SortFunc(names, func(a, b string) int {
		if level[a] != level[b] {
			return level[b] - level[a]
		}
		return strings.Compare(a, b)
	})
	var text strings.Builder
	text.WriteString("| level | wing | imports |\n|---|---|---|\n")
	for _, wing := range names {
		var imported []string
		for w := range of[wing] {
			imported = append(imported, "`"+w+"`")
		}
		slices.SortFunc(imported, func(a, b string) int {
			x, y := strings.Trim(a, "`"), strings.Trim(b, "`")
			if level[x] != level[y] {
				return level[y] - level[x]
			}
			return strings.Compare(x, y)
		})
		fmt.Fprintf(&text, "| %d | `%s` | %s |\n", level[wing], wing, strings.Join(imported, " "))
	}
	return text.String()
}

// TestHouse keeps the picture in docs/architecture.md equal to the code, and the wings without an
// import that climbs.
func TestHouse(t *testing.T) {
	of := wingImports(list(t))
	level, climbing := levels(of)
	if climbing != nil {
		t.Fatalf("these wings import each other, some way round: %v", climbing)
	}
	testkit.Passage(t, filepath.Join("..", "..", "docs", "architecture.md"), "house", picture(of, level), *update)
}

// The picture is able to fail.
func TestClimbingIsSeen(t *testing.T) {
	set := func(names ...string) map[string]bool {
		m := map[string]bool{}
		for _, n := range names {
			m[n] = true
		}
		return m
	}
	level, climbing := levels(map[string]map[string]bool{"a": set("b", "c"), "b": set("c"), "c": set()})
	if climbing != nil || level["a"] != 2 || level["b"] != 1 || level["c"] != 0 {
		t.Errorf("levels are %v, climbing %v", level, climbing)
	}
	if _, climbing = levels(map[string]map[string]bool{
		"a": set("b"), "b": set("c"), "c": set("b"),
		"d": set(),
	}); strings.Join(climbing, " ") != "a b c" {
		t.Errorf("climbing are %v", climbing)
	}
}
