// Package settings reads the options that a configuration file sets, by their whole names, without
// knowing which options there are: for those who show, compare or keep them.
//
// Tests: known answer.
package settings

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Setting is an option with its value: text, a number, a bool, or a list of them.
type Setting struct {
	Name  string // train.epochs
	Value any
}

// Of lists the settings of a YAML text in its order. A section without options counts as one. The
// error quotes nothing of the text.
func Of(text []byte) ([]Setting, error) {
	var tree yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &tree, yaml.UseOrderedMap()); err != nil {
		return nil, errors.New("is no YAML with options")
	}
	return below(nil, "", tree), nil
}

// below appends the settings of a section.
func below(all []Setting, path string, section yaml.MapSlice) []Setting {
	for _, item := range section {
		name := path + fmt.Sprint(item.Key)
		if inner, ok := item.Value.(yaml.MapSlice); ok && len(inner) > 0 {
			all = below(all, name+".", inner)
			continue
		}
		all = append(all, Setting{name, item.Value})
	}
	return all
}
