package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/internal/spelling"
)

// Explain adds to errors about options where each was set, so far as the sources set it, and the
// word that was probably meant, where an option takes one of a few.
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
		where["preset"] = " (set by " + cmp.Or(s.PresetName, "--preset") + ")"
	}
	return noted(err, func(path string) string { return where[path] })
}

// noted adds a remark to every error about an option.
func noted(err error, remark func(path string) string) error {
	return option.Each(err, func(e *option.Error) *option.Error {
		path, _, _ := strings.Cut(string(e.Path), "[") // without the place in a list
		return e.Noted(meant(path, e) + remark(path))
	})
}

// meant is the word that a misspelt value of an option probably means, for the end of its error.
func meant(path string, e *option.Error) string {
	value, ok := e.Word()
	if !ok {
		return ""
	}
	for _, words := range Enumerations() {
		if words.Option == path && !slices.Contains(words.Allowed, value) {
			return spelling.DidYouMean(value, words.Allowed)
		}
	}
	return ""
}
