package figures

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var update = flag.Bool("update", false, "write the figures of docs/figures.yaml into the texts")

// texts are the files that state figures, and which of the [passages] each has.
var texts = map[string][]string{
	"README.md":          {"demo"},
	"docs/benchmarks.md": {"demo by epochs", "demo in bfloat16"},
	"configs/demo.yaml":  {"recipe"},
}

// figures is docs/figures.yaml.
type figures struct {
	Demo demo `yaml:"demo"`
}

// read decodes the file of figures; every one has to be there.
func read(t *testing.T) figures {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "figures.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var f figures
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		t.Fatalf("docs/figures.yaml: %v", err)
	}
	if err := f.Demo.validate(); err != nil {
		t.Fatalf("docs/figures.yaml: %v", err)
	}
	return f
}

// TestTextsStateTheFigures compares every passage with the file of figures, or writes it.
func TestTextsStateTheFigures(t *testing.T) {
	f := read(t)
	for name, passages := range texts {
		path := filepath.Join("..", "..", filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := written(string(text), f, passages)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case want == string(text):
		case *update:
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			line, got, wanted := firstDifference(string(text), want)
			t.Errorf("%s, line %d, differs from docs/figures.yaml: run `make figures`\n\tis   %s\n\twant %s", name,
				line, got, wanted)
		}
	}
}

// TestRecipesStateTheirFigures finds a recipe that says what it costs and reaches elsewhere than in
// docs/figures.yaml, or not at all.
func TestRecipesStateTheirFigures(t *testing.T) {
	recipes, err := filepath.Glob(filepath.Join("..", "..", "configs", "*"))
	if err != nil || len(recipes) == 0 {
		t.Fatalf("found %d recipes: %v", len(recipes), err)
	}
	for _, path := range recipes {
		name := "configs/" + filepath.Base(path)
		if len(texts[name]) == 0 {
			t.Errorf("%s states no figures of docs/figures.yaml: add its cost and result there, and name the recipe "+
				"in the table texts", name)
		}
	}
}

// firstDifference is the first line, counted from 1, in which two texts differ.
func firstDifference(a, b string) (line int, got, want string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		got, want = "(the end)", "(the end)"
		if i < len(as) {
			got = as[i]
		}
		if i < len(bs) {
			want = bs[i]
		}
		if got != want {
			return i + 1, got, want
		}
	}
	return 0, "", ""
}

// The comparison is able to fail: each figure that a text states wrongly, a passage that is
// missing, and one that nobody knows.
func TestWrittenCatches(t *testing.T) {
	f := read(t)
	const name = "recipe"
	right, err := written("a\n# make figures: recipe\n# end\nb\n", f, []string{name})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := written(right, f, []string{name}); err != nil || again != right {
		t.Errorf("a passage that is right changes: %v\n%s", err, again)
	}
	if !strings.HasPrefix(right, "a\n# make figures: recipe\n") || !strings.HasSuffix(right, "\n# end\nb\n") {
		t.Errorf("what is around a passage changes:\n%s", right)
	}
	other := f
	other.Demo.Seeds = append([]seed(nil), f.Demo.Seeds...)
	other.Demo.Seeds[1].Trained += 0.1
	if wrong, err := written(right, other, []string{name}); err != nil || wrong == right {
		t.Errorf("a text with another figure passes: %v", err)
	}
	for text, want := range map[string]string{
		"no mark\n":                             "has the passages [], want [recipe]",
		"# make figures: recipe\nno end\n":      "has the passages [], want [recipe]",
		"# make figures: anything\nx\n# end\n":  "has the passages [anything], want [recipe]",
		right + "# make figures: demo\n# end\n": "has the passages [recipe demo], want [recipe]",
	} {
		if _, err := written(text, f, []string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
