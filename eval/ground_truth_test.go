package eval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

const revisited = `{"imlist": ["a", "b", "c", "d"], "qimlist": ["q"],
	"gnd": [{"bbx": [1, 2, 3, 4], "easy": [1], "hard": [3], "junk": [0]}]}`

func TestGroundTruthDifficulties(t *testing.T) {
	g, err := ReadGroundTruth(strings.NewReader(revisited))
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[Difficulty]Relevance{
		Easy:   {Relevant: []int{1}, Junk: []int{0, 3}},
		Medium: {Relevant: []int{1, 3}, Junk: []int{0}},
		Hard:   {Relevant: []int{3}, Junk: []int{0, 1}},
	} {
		truth, err := g.Relevance(d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Relevance{want}, truth); diff != "" {
			t.Errorf("%s (-want +got):\n%s", d, diff)
		}
	}
	_, err = g.Relevance("impossible")
	testkit.RequireError(t, err, `difficulty is "impossible": must be easy, medium or hard`)
}

func TestGroundTruthOfTheOriginalBenchmarks(t *testing.T) {
	const text = `{"imlist": ["a", "b"], "qimlist": ["q"], "gnd": [{"ok": [1], "junk": [0]}]}`
	g, err := ReadGroundTruth(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := g.Relevance(Medium)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Relevance{{Relevant: []int{1}, Junk: []int{0}}}, truth); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadGroundTruthRejects(t *testing.T) {
	const one = `{"imlist": ["a"], "qimlist": ["q"], "gnd": `
	for text, want := range map[string]string{
		`{`:                    "not JSON, or not an answer key, behind byte 0",
		one + `[], "what": 1}`: "behind byte 57",
		`{"imlist": [], "qimlist": ["q"], "gnd": [{}]}`: "0 images in imlist and 1 in qimlist",
		one + `[]}`:                                        "gnd has 0 entries for 1 queries",
		one + `[{"ok": [1]}]}`:                             "query 0 (q): names image 1: imlist has images 0 to 0",
		one + `[{"ok": [0], "easy": [0]}]}`:                "must have either",
		one + `[{"easy": [0], "bbx": [1, 2]}]}`:            "bbx has 2 numbers",
		one + `[{"easy": [0], "hard": [], "junk": [-3]}]}`: "names image -3",
	} {
		_, err := ReadGroundTruth(strings.NewReader(text))
		testkit.RequireError(t, err, want)
	}
}

// Whatever is read has rows that exist. An execution takes 4 to 5 µs of one core in a plain loop,
// and 250 to 400 under the fuzzer, of which one whose target is empty takes 110 here: Go zeroes,
// copies and compares 50 000 counters of the code in the test binary each time. The larger number
// is with the minimizer, the smaller without (-fuzzminimizetime 1x).
func FuzzReadGroundTruth(f *testing.F) {
	f.Add(revisited)
	f.Add(`{"imlist": ["a"], "qimlist": ["q"], "gnd": [{"ok": [-1]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ReadGroundTruth(strings.NewReader(text))
		if err != nil {
			return
		}
		truth, err := g.Relevance(Hard)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range truth {
			for _, row := range append(answer.Relevant, answer.Junk...) {
				_ = g.Database[row]
			}
		}
	})
}
