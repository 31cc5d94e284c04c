package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// opening are the functions that open a path: what is there can block them, never end, or be a link
// to what must not be written.
var opening = map[string][]string{
	"os": {
		"Open", "OpenFile", "ReadFile", "Create", "CreateTemp", "WriteFile", "DirFS", "OpenRoot", "OpenInRoot",
		"CopyFS", "Truncate",
	},
	"ioutil":  {"ReadFile", "WriteFile", "TempFile"},
	"syscall": {"Open", "Openat"},
	"unix":    {"Open", "Openat"},
	"windows": {"Open", "CreateFile"},
}

// mayOpen are the files that may, each with the reason.
var mayOpen = map[string]string{
	"internal/regularfile/open.go": "it is the one place: what is there is looked at first, and " +
		"nothing blocks",
	"internal/regularfile/below.go":             "the same below a folder, out of which no name and no link leads",
	"internal/atomicfile/atomicfile.go":         "a new file under a random name, which takes its name by rename",
	"internal/atomicfile/syncdir_unix.go":       "a folder, to make its names durable",
	"internal/memory/memory_linux.go":           "files of the kernel, by names that nobody else gives",
	"internal/output/embeddings/safetensors.go": "files in a new folder of its own with a random name",
	"internal/testkit/golden.go":                "helps tests, with files of the repository",
	"testdata/outside/main.go":                  "a program of another module, in a new folder of its own",
	"internal/testkit/passage.go":               "helps tests, with texts of the repository",
	"cpu/internal/conformance/workspace.go":     "a developer's command, with the module cache and a folder of its own",
	"cpu/internal/gemm/gen/main.go":             "a generator that a developer runs on the repository",
	"cpu/internal/vec/gen/main.go":              "a generator that a developer runs on the repository",
}

// opens returns the functions of a file that open paths: "os.ReadFile".
func opens(t *testing.T, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok && slices.Contains(opening[of.Name], selector.Sel.Name) {
				found = append(found, of.Name+"."+selector.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestFilesAreOpenedInOnePlace(t *testing.T) {
	used := map[string]bool{}
	goFiles(t, func(path string, text []byte) {
		for _, call := range opens(t, path, text) {
			if used[path] = true; mayOpen[path] == "" {
				t.Errorf("%s uses %s: it hangs on a named pipe, reads a device without end, or writes through a link. "+
					"Read with internal/regularfile, write with internal/atomicfile, or give the reason in mayOpen",
					path, call)
			}
		}
	})
	for path := range mayOpen {
		if !used[path] {
			t.Errorf("%s is allowed to open files and does not: take it off the list", path)
		}
	}
}

// The rule is able to fail.
func TestOpensAreSeen(t *testing.T) {
	text := "package p\nimport \"os\"\nvar open = os.Open\nfunc f() { os.ReadFile(\"x\"); os.Stat(\"x\"); g.Open() }\n"
	if got := strings.Join(opens(t, "x.go", []byte(text)), " "); got != "os.Open os.ReadFile" {
		t.Errorf("seen: %q", got)
	}
}
