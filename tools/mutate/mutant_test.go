package main

import (
	"go/format"
	"slices"
	"strings"
	"testing"
)

// mutantsOf makes the mutants of a function's body.
func mutantsOf(t *testing.T, function string) []mutant {
	t.Helper()
	s := &source{path: "a.go", name: "a.go", pkg: "a", text: []byte("package a\n\n" + function + "\n")}
	all, err := s.mutants()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMutants(t *testing.T) {
	for _, c := range []struct {
		name, function string
		want           []string // kind: change
	}{
		{"comparison", "func f(a, b int) bool { return a < b }", []string{"comparison: a < b → a <= b"}},
		{"equality", "func f(a, b int) { if a == b { return } }", []string{"comparison: a == b → a != b"}},
		{
			"condition", "func f(a, b bool) { if a && b { return } }",
			[]string{"condition: a && b → !(a && b)", "condition: a && b → a || b"},
		},
		{
			"loop", "func f(a, b int) { for a < b { } }",
			[]string{"condition: a < b → !(a < b)", "comparison: a < b → a <= b"},
		},
		{"arithmetic", "func f(a, b int) int { return a - b }", []string{"arithmetic: a - b → a + b"}},
		{"text is only added", `func f(a string) string { return a + "x" }`, nil},
		{"count", "func f(a int) { a++ }", []string{"arithmetic: a++ → a--"}},
		{
			"whole number", "func f() int { return 3 }",
			[]string{"constant: return 3 → return 4", "constant: return 3 → return 2"},
		},
		{
			"fraction", "func f(a float64) { g(0.5) }",
			[]string{
				"removed: g(0.5) → (removed)", "constant: g(0.5) → g((0.5 + 1))",
				"constant: g(0.5) → g((0.5 * 1.5))",
			},
		},
		{"flag", "func f() bool { return true }", []string{"flag: return true → return false"}},
		{"counterpart", "func f(a, b int) int { return min(a, b) }", []string{"call: min(a, b) → max(a, b)"}},
		{"counterpart back", "func f(a, b int) int { return max(a, b) }", []string{"call: max(a, b) → min(a, b)"}},
		{"wrapper", "func f(a []int) []int { return slices.Clone(a) }", []string{"call: slices.Clone(a) → a"}},
		{"call", "func f() { g() }", []string{"removed: g() → (removed)"}},
		{
			"assignment", "func f(a int) { a = b; c := a; _ = c }",
			[]string{"removed: a = b → (removed)", "removed: _ = c → (removed)"},
		},
		{"deferred", "func f() { defer g() }", []string{"removed: defer g() → (removed)"}},
		{
			"in a case", "func f(a int) { switch a { case b: g() } }",
			[]string{"removed: g() → (removed)"},
		},
		{"error", "func f() (int, error) { return a, err }", []string{"error: return a, err → the error is nil"}},
		{
			"twice the same", "func f() { g(); g() }",
			[]string{"removed: g() → (removed)", "removed: g() → (removed) (2)"},
		},
		{"no error", "func f() (int, error) { return a, nil }", nil},
		{
			"another's error", "func f() error { return func() int { return a }() }",
			[]string{"error: return func() int { return a }() → the error is nil"},
		},
		{
			"literal's error", "func f() int { return g(func() error { return err }) }",
			[]string{"error: return err → the error is nil"},
		},
		{"constant of the package", "const a = 7", []string{"constant: a = 7 → a = 8", "constant: a = 7 → a = 6"}},
		{"type", "type a [7]int", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range mutantsOf(t, c.function) {
				got = append(got, m.kind+": "+m.change)
				if text := m.text(); string(text) == string(m.source.text) {
					t.Errorf("%s changes nothing", m)
				} else if _, err := format.Source(text); err != nil {
					t.Errorf("%s is no Go: %v\n%s", m, err, text)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("mutants are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestMutantSaysWhere(t *testing.T) {
	for function, want := range map[string]string{
		"func f() { g() }":           "a.go:3 f: g() → (removed)",
		"func (x T) f() { g() }":     "a.go:3 T.f: g() → (removed)",
		"func (x *T) f() { g() }":    "a.go:3 T.f: g() → (removed)",
		"func (x *T[A]) f() { g() }": "a.go:3 T.f: g() → (removed)",
		"var a = f(true)":            "a.go:3 package: a = f(true) → a = f(false)",
	} {
		if all := mutantsOf(t, function); len(all) != 1 || all[0].String() != want {
			t.Errorf("%s has the mutants %v, want %s", function, all, want)
		}
	}
}

// A change in the middle of long code must be seen.
func TestMutantShowsItsChange(t *testing.T) {
	long := strings.Repeat("long", 10)
	function := "func f() bool { return " + long + " + " + long + " < " + long + " + " + long + " }"
	for _, m := range mutantsOf(t, function) {
		if m.kind == kindComparison && !strings.HasSuffix(m.change, ": < → <=") {
			t.Errorf("the change reads %q, want it to end with the operators", m.change)
		}
	}
}

func TestDraw(t *testing.T) {
	all := mutantsOf(t, "func f(a, b int) bool { "+strings.Repeat("g(1, 2, 3, 4, 5);", 10)+" return a < b }")
	drawn := draw(all, 7)
	if len(drawn) != len(all) {
		t.Fatalf("drew %d of %d", len(drawn), len(all))
	}
	for i, m := range draw(all, 7) {
		if m != drawn[i] {
			t.Fatalf("mutant %d of the same seed is %s, was %s", i, m, drawn[i])
		}
	}
	kinds := map[string]bool{}
	for _, m := range drawn[:3] {
		kinds[m.kind] = true
	}
	if len(kinds) != 3 {
		t.Errorf("the first three are of the kinds %v, want one of each", kinds)
	}
	if slices.Equal(draw(all, 8), drawn) {
		t.Error("two seeds draw the same")
	}
}
