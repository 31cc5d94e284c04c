package verdict

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/trainer"
)

// A rule that looks at a measurement which no run has would never find anything.
func TestRulesLookAtMeasurementsThatRunsHave(t *testing.T) {
	has := map[string]bool{}
	for _, m := range trainer.Measurements(distill.MeasurementsOf(distill.DefaultConfig())) {
		has[m.Name] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			name, err := strconv.Unquote(literal.Value)
			if err != nil || !has[name] {
				t.Errorf("%s is no measurement of a run", literal.Value)
			}
			names++
		}
		return true
	})
	if names < 10 {
		t.Errorf("names.go has %d names: the rules look at more", names)
	}
}
