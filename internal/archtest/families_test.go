package archtest

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// anyNetwork are the packages below nets/ that are of no family; all others are of one, from birth.
var anyNetwork = []string{"nets", "nets/netstest", "nets/projection"}

// mayNameFamily are the files outside nets/ that may import a family, each with the reason.
var mayNameFamily = map[string]string{
	"distill/config.go":               "model.encoder and model.vit are options of the method, as in the seed class",
	"internal/run/config/auto.go":     "the auto preset sizes a transformer to the data",
	"internal/run/config/load.go":     "model.encoder names a transformer, whose options model.vit changes",
	"internal/run/config/options.go":  "the words that options of model.vit take",
	"internal/run/config/preset.go":   "the presets train transformers",
	"internal/run/config/validate.go": "model.encoder names a transformer",
	"internal/run/config/weights.go":  "model.vit takes the network of weights to start from",
	"weights/layout/architecture.go":  "reads a transformer from names and shapes",
	"weights/layout/side.go":          "config.yaml of a run describes its transformer as model.vit",
	"weights/layout/timm_names.go":    "timm's names of transformers",
	"weights/layout/traits.go":        "what side files say of a transformer in other words",
	"weights/onnx/vit.go":             "writes a transformer as operators",
	"weights/onnx/activation.go":      "activations of a transformer as operators",
	"weights/onnx/pool.go":            "pooling and last norm of a transformer as operators",
	"export/verify.go":                "reads the position embedding of a transformer as a stranger would",
	"internal/cli/completion.go":      "the words that --pos-embed of a transformer takes",
	"export/selection.go":             "all formats are those of transformers: another network is refused here",
	"export/embedding.go":             "the position embedding in the form of Meta and transformers",
	"export/official.go":              "names of Meta's transformers",
	"export/hf.go":                    "names of transformers' ViTs",
	"export/hfconfig.go":              "config.json of transformers' ViTs",
	"internal/cli/inspect/text.go":    "says what a transformer is in its own terms",
	"bench/work.go":                   "measures a transformer of a fixed size",

	"internal/testkit/vitcase/vitcase.go":         "helps tests: golden transformers",
	"internal/testkit/weightstest/weightstest.go": "helps tests: weights of a small transformer",
	"testdata/outside/main.go":                    "a user's program, which trains a transformer",
}

// familiesIn returns the families that a file imports.
func familiesIn(t *testing.T, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, spec := range file.Imports {
		path := rel(strings.Trim(spec.Path.Value, `"`))
		if matches(path, "nets/...") && !matches(path, anyNetwork...) {
			found = append(found, path)
		}
	}
	return found
}

// A family of networks is known where it must be: the rest works with any.
func TestFamiliesAreKnownInFewPlaces(t *testing.T) {
	used := map[string]bool{}
	goFiles(t, func(path string, text []byte) {
		if strings.HasPrefix(path, "nets/") {
			return
		}
		for _, family := range familiesIn(t, path, text) {
			used[path] = true
			if mayNameFamily[path] == "" {
				t.Errorf("%s imports %s: take nets.Config or nets.Network, which any network is; what is of one "+
					"family alone goes into a file that mayNameFamily lists with its reason", path, family)
			}
		}
	})
	for path := range mayNameFamily {
		if !used[path] {
			t.Errorf("%s imports no family of networks: take it off mayNameFamily", path)
		}
	}
}

// The search is able to find.
func TestFamiliesAreFound(t *testing.T) {
	for text, want := range map[string]int{
		"package a; import \"" + module + "/nets/vit\"":     1,
		"package a; import net \"" + module + "/nets/vit\"": 1,
		"package a; import \"" + module + "/nets/another\"": 1,
		"package a; import \"" + module + "/nets\"":         0,
		"package a": 0,
	} {
		if got := familiesIn(t, "a.go", []byte(text)); len(got) != want {
			t.Errorf("%s: found %v, want %d", text, got, want)
		}
	}
}
