package spelling

import (
	"testing"

	"pgregory.net/rapid"
)

// slow is the definition of the distance.
func slow(a, b string) int {
	switch {
	case a == "" || b == "":
		return len(a) + len(b)
	case a[0] == b[0]:
		return slow(a[1:], b[1:])
	}
	least := 1 + min(slow(a[1:], b), slow(a, b[1:]), slow(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		least = min(least, 1+slow(a[2:], b[2:]))
	}
	return least
}

func TestDistance(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := Distance(a, b), slow(a, b); got != want || got != Distance(b, a) {
			t.Fatalf("%q to %q: %d, and %d back; want %d", a, b, got, Distance(b, a), want)
		}
	})
}

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"dta", []string{"out", "data", "seed"}, "; did you mean data?"},
		{"ephocs", []string{"seed", "epochs"}, "; did you mean epochs?"},
		{"batch-size", []string{"train", "batch_size"}, "; did you mean batch_size?"},
		{"OUT", []string{"out"}, "; did you mean out?"},
		{"attn", []string{"attention", "embed"}, ""},
		{"att", []string{"attention", "embed"}, "; did you mean attention?"},
		{"knn", []string{"lin", "kn", "k"}, "; did you mean kn?"},
		{"wholly-different", []string{"data", "out"}, ""},
		{"", []string{"data"}, ""},
		{"x", nil, ""},
	} {
		if got := DidYouMean(c.word, c.candidates); got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.word, c.candidates, got, c.want)
		}
	}
}
