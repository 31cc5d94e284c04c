package layer

import (
	"sort"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// Within returns the variables below a scope such as "/backbone/student", sorted by name, keyed by
// the rest of their path with "." for "/". Variables whose last segment starts with "#" belong to
// GoMLX and are left out.
func Within(store *model.Store, scope string) ([]string, map[string]*model.Variable) {
	prefix := strings.TrimSuffix(scope, model.ScopeSeparator) + model.ScopeSeparator
	byName := map[string]*model.Variable{}
	for v := range store.IterVariables() {
		rest, ok := strings.CutPrefix(v.Path(), prefix)
		if !ok || strings.HasPrefix(v.Name(), "#") {
			continue
		}
		byName[strings.ReplaceAll(rest, model.ScopeSeparator, ".")] = v
	}
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, byName
}
