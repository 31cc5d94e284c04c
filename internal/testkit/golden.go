package testkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"github.com/dino-go/dino/weights"
)

// GoldenDirVariable names the environment variable that replaces the module's
// testdata/golden by another tree of cases.
const GoldenDirVariable = "DINO_GOLDEN_DIR"

// caseFile is the file that makes a folder FAMILY/CASE a golden case.
const caseFile = "case.json"

// Case is one golden case, the folder FAMILY/CASE of the golden tree. Its
// methods fail the subtest that it was made for.
type Case struct {
	Family string // first folder: vit, head, loss, …
	Name   string // second folder
	Kind   string // which of the family's checks applies
	Dir    string // the case's folder

	t    testing.TB
	text []byte // case.json
}

// GoldenCases runs check as subtest FAMILY/CASE for every case of a family, in
// sorted order. An empty golden tree fails the test; a tree that lacks only
// this family skips it.
func GoldenCases(t *testing.T, family string, check func(t *testing.T, c *Case)) {
	t.Helper()
	root := goldenRoot(t)
	names := caseNames(t, filepath.Join(root, family))
	if len(names) == 0 {
		requireAnyCase(t, root)
		t.Skipf("%s has no case of family %s", root, family)
	}
	for _, name := range names {
		t.Run(family+"/"+name, func(t *testing.T) {
			c, err := loadCase(filepath.Join(root, family, name))
			if err != nil {
				t.Fatal(err)
			}
			c.t = t
			check(t, c)
		})
	}
}

// Params decodes the case's "params" into v, which points to a struct with JSON
// tags. Fields that v lacks are ignored.
func (c *Case) Params(v any) {
	c.t.Helper()
	var outer struct {
		Params json.RawMessage `json:"params"`
	}
	c.Decode(&outer)
	if err := json.Unmarshal(outer.Params, v); err != nil {
		c.t.Fatalf("%s: params: %v", c.path(), err)
	}
}

// Decode decodes the whole case.json into v. Fields that v lacks are ignored.
func (c *Case) Decode(v any) {
	c.t.Helper()
	if err := json.Unmarshal(c.text, v); err != nil {
		c.t.Fatalf("%s: %v", c.path(), err)
	}
}

// Tensors opens a safetensors file of the case and closes it with the test.
func (c *Case) Tensors(t testing.TB, file string) *weights.File {
	t.Helper()
	f, err := weights.Open(filepath.Join(c.Dir, file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Tolerance returns the case's tolerance hint for FILE:TENSOR, with FILE
// lacking its extension, or for a field of case.json. A missing hint fails the
// test.
func (c *Case) Tolerance(key string) Tolerance {
	c.t.Helper()
	var outer struct {
		Tolerance map[string]json.RawMessage `json:"tolerance"`
	}
	c.Decode(&outer)
	text, ok := outer.Tolerance[key]
	if !ok {
		c.t.Fatalf("%s: no tolerance for %q", c.path(), key)
	}
	var tol Tolerance
	if err := json.Unmarshal(text, &tol); err != nil {
		c.t.Fatalf("%s: tolerance %q: %v", c.path(), key, err)
	}
	return tol
}

// UnknownKind fails the test: a kind that no check covers is an error.
func (c *Case) UnknownKind() {
	c.t.Helper()
	c.t.Fatalf("%s: family %s has no check for kind %q", c.path(), c.Family, c.Kind)
}

func (c *Case) path() string { return filepath.Join(c.Dir, caseFile) }

// loadCase reads the case of a folder and verifies what every case has.
func loadCase(dir string) (*Case, error) {
	text, err := os.ReadFile(filepath.Join(dir, caseFile))
	if err != nil {
		return nil, err
	}
	var outer struct {
		Format int    `json:"format"`
		Family string `json:"family"`
		Case   string `json:"case"`
		Kind   string `json:"kind"`
	}
	if err := json.Unmarshal(text, &outer); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, caseFile), err)
	}
	family, name := filepath.Base(filepath.Dir(dir)), filepath.Base(dir)
	if outer.Format != 1 {
		return nil, fmt.Errorf("%s: format is %d, want 1", filepath.Join(dir, caseFile), outer.Format)
	}
	if outer.Family != family || outer.Case != name {
		return nil, fmt.Errorf("%s: says it is case %s/%s", filepath.Join(dir, caseFile), outer.Family, outer.Case)
	}
	return &Case{Family: family, Name: name, Kind: outer.Kind, Dir: dir, text: text}, nil
}

// goldenRoot returns the golden tree: DINO_GOLDEN_DIR, a relative one starting
// at the module's root, or the module's own.
func goldenRoot(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(GoldenDirVariable)
	switch {
	case dir == "":
		return filepath.Join(moduleRoot(t), "testdata", "golden")
	case filepath.IsAbs(dir):
		return dir
	default:
		return filepath.Join(moduleRoot(t), dir)
	}
}

// moduleRoot returns the folder of go.mod. Tests run in their package's folder.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("testkit: no go.mod above the working directory")
		}
		dir = parent
	}
}

// requireAnyCase fails the test if the golden tree is missing or empty.
func requireAnyCase(t testing.TB, root string) {
	t.Helper()
	for _, family := range folders(t, root) {
		if len(caseNames(t, filepath.Join(root, family))) > 0 {
			return
		}
	}
	t.Fatalf("testkit: %s (set by %s, else testdata/golden) has no FAMILY/CASE/%s", root, GoldenDirVariable, caseFile)
}

// caseNames lists the folders of dir that hold a case, sorted. A missing dir
// has none.
func caseNames(t testing.TB, dir string) []string {
	t.Helper()
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var names []string
	for _, name := range folders(t, dir) {
		if _, err := os.Stat(filepath.Join(dir, name, caseFile)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// folders lists the folders in dir, links to folders included, sorted.
func folders(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("testkit: golden cases: %v", err)
	}
	var names []string
	for _, entry := range entries {
		if stat, err := os.Stat(filepath.Join(dir, entry.Name())); err == nil && stat.IsDir() {
			names = append(names, entry.Name())
		}
	}
	sort.Strings(names)
	return names
}
