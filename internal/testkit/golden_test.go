package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goldenFamilies are the families whose cases some test of this module runs.
var goldenFamilies = []string{
	"vit", "vit_official", "head", "loss", "ema", "step", "schedule", "augment", "eval",
}

// TestGoldenFamiliesKnown fails on a folder of cases that no test would run.
func TestGoldenFamiliesKnown(t *testing.T) {
	root := goldenRoot(t)
	requireAnyCase(t, root)
	for _, family := range folders(t, root) {
		cases := caseNames(t, filepath.Join(root, family))
		if len(cases) > 0 && !slices.Contains(goldenFamilies, family) {
			t.Errorf("%s: no test covers the golden family %s with its %d cases", root, family, len(cases))
		}
	}
}

// TestGoldenFilesOpen opens every tensor file of the tree with the strict reader.
func TestGoldenFilesOpen(t *testing.T) {
	for _, family := range goldenFamilies {
		t.Run(family, func(t *testing.T) { GoldenCases(t, family, openTensorFiles) })
	}
}

func openTensorFiles(t *testing.T, c *Case) {
	var stored struct {
		Files []string `json:"files"`
	}
	c.Decode(&stored)
	for _, file := range stored.Files {
		if filepath.Ext(file) != ".safetensors" {
			continue
		}
		if _, err := c.Tensors(t, file).Tensors(); err != nil {
			t.Error(err)
		}
	}
}

func TestGoldenCasesWalk(t *testing.T) {
	root := t.TempDir()
	t.Setenv(GoldenDirVariable, root)
	writeCase(t, root, "loss", "b",
		`{"format":1,"family":"loss","case":"b","kind":"official","params":{"n":2,"missing":null,"extra":1},`+
			`"tolerance":{"io:loss":{"max_abs":1e-6,"scale":2,"max_rel":5e-7}}}`)
	writeCase(t, root, "loss", "a", `{"format":1,"family":"loss","case":"a","kind":"center"}`)
	if err := os.Mkdir(filepath.Join(root, "loss", "no case"), 0o755); err != nil {
		t.Fatal(err)
	}
	var visited []string
	GoldenCases(t, "loss", func(t *testing.T, c *Case) {
		visited = append(visited, t.Name(), c.Kind)
		if c.Name != "b" {
			return
		}
		params := struct{ N, Missing int }{Missing: 7}
		c.Params(&params)
		if params.N != 2 || params.Missing != 7 {
			t.Errorf("params are %+v", params)
		}
		if tol := c.Tolerance("io:loss"); tol.MaxAbs != 1e-6 || tol.Scale != 2 || tol.MaxRel != 5e-7 {
			t.Errorf("tolerance is %+v", tol)
		}
	})
	want := []string{"TestGoldenCasesWalk/loss/a", "center", "TestGoldenCasesWalk/loss/b", "official"}
	if !slices.Equal(visited, want) {
		t.Errorf("visited %v, want %v", visited, want)
	}
	t.Run("family without cases", func(t *testing.T) {
		t.Cleanup(func() {
			if !t.Skipped() {
				t.Error("was not skipped")
			}
		})
		GoldenCases(t, "head", func(*testing.T, *Case) {})
	})
}

// TestGoldenTreeMustHaveCases runs this test binary on trees that must fail it.
func TestGoldenTreeMustHaveCases(t *testing.T) {
	stranger := t.TempDir()
	writeCase(t, stranger, "stranger", "a", `{"format":1,"family":"stranger","case":"a","kind":"x"}`)
	misplaced := t.TempDir()
	writeCase(t, misplaced, "loss", "a", `{"format":1,"family":"loss","case":"b","kind":"x"}`)
	future := t.TempDir()
	writeCase(t, future, "loss", "a", `{"format":2,"family":"loss","case":"a","kind":"x"}`)
	tests := []struct{ root, test, want string }{
		{filepath.Join(stranger, "absent"), "TestGoldenFilesOpen", "no such file"},
		{t.TempDir(), "TestGoldenFilesOpen", "has no FAMILY/CASE/case.json"},
		{stranger, "TestGoldenFamiliesKnown", "no test covers the golden family stranger with its 1 cases"},
		{misplaced, "TestGoldenFilesOpen", "says it is case loss/b"},
		{future, "TestGoldenFilesOpen", "format is 2, want 1"},
	}
	for _, test := range tests {
		cmd := exec.Command(os.Args[0], "-test.run=^"+test.test+"$")
		cmd.Env = append(os.Environ(), GoldenDirVariable+"="+test.root)
		output, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(output), test.want) {
			t.Errorf("%s: ended with %v, want a failure with %q in:\n%s", test.test, err, test.want, output)
		}
	}
}

func writeCase(t *testing.T, root, family, name, text string) {
	t.Helper()
	dir := filepath.Join(root, family, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, caseFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
