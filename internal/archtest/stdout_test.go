package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// exchanges returns the standard files of the process that a file of code assigns to.
func exchanges(t *testing.T, name string, text []byte) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		assignment, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, to := range assignment.Lhs {
			if selector, ok := to.(*ast.SelectorExpr); ok {
				of, ok := selector.X.(*ast.Ident)
				if ok && of.Name == "os" && strings.HasPrefix(selector.Sel.Name, "Std") {
					found = append(found, "os."+selector.Sel.Name)
				}
			}
		}
		return true
	})
	return found
}

// The standard files belong to the whole process: who exchanges them, to silence a dependency for
// one, takes away what other goroutines print.
func TestStandardFilesAreNotExchanged(t *testing.T) {
	goFiles(t, func(path string, text []byte) {
		for _, file := range exchanges(t, path, text) {
			t.Errorf("%s assigns to %s, which other goroutines use: pass a writer instead", path, file)
		}
	})
}

// The rule is able to fail.
func TestExchangesAreSeen(t *testing.T) {
	text := "package p\nimport \"os\"\nfunc f() { saved := os.Stdout; os.Stdout, x = nil, saved; os.Stderr = saved; " +
		"os.Args = nil }\n"
	if got := strings.Join(exchanges(t, "x.go", []byte(text)), " "); got != "os.Stdout os.Stderr" {
		t.Errorf("seen: %q", got)
	}
}
