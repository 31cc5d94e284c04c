package config

import (
	"fmt"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Explain adds to errors about options where each was set, so far as the sources set it.
func (s Sources) Explain(err error) error {
	layers, _ := s.layers() // their errors were reported before anything could be wrong with a value
	var c Config
	where := map[string]string{}
	for _, l := range layers {
		lines, _ := l.into(&c)
		for path, line := range lines {
			where[path] = " (set by " + strings.Fields(l.origin)[0] + ")"
			if l.file {
				where[path] = fmt.Sprintf(" (set in %s, line %d)", l.origin, line)
			}
		}
	}
	if s.Preset != "" { // stronger than all
		where["preset"] = " (set by --preset)"
	}
	return noted(err, func(path string) string { return where[path] })
}

// noted adds a remark to every error about an option.
func noted(err error, remark func(path string) string) error {
	return option.Each(err, func(e *option.Error) *option.Error {
		path, _, _ := strings.Cut(string(e.Path), "[") // without the place in a list
		return e.Noted(remark(path))
	})
}
