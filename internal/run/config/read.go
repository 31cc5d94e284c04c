package config

import (
	"errors"
	"fmt"
	"slices"
)

// Read decodes a complete configuration, as a run folder holds it.
func Read(path string) (Config, error) {
	l, err := readFile(path)
	if err != nil {
		return Config{}, err
	}
	var c Config
	lines, err := l.into(&c)
	if err != nil {
		return c, err
	}
	if err := complete(lines); err != nil {
		return c, fmt.Errorf("config: %s: %w", path, err)
	}
	return c, noted(errors.Join(checkPreset(c.Preset), c.Validate()),
		func(name string) string { return fmt.Sprintf(" (in %s, line %d)", path, lines[name]) })
}

// later are the options that configurations of older versions lack; without them they mean their
// zero.
var later = []string{"model.allow_constant_teacher", "checkpoint.every_minutes"}

// complete requires that a configuration states every option.
func complete(stated map[string]int) error {
	var missing []string
	for _, path := range Options() {
		if _, ok := stated[path]; !ok && !slices.Contains(later, path) {
			missing = append(missing, path)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("lacks the option %s, which the configuration of a run has: restore the file, or begin "+
			"another run folder", missing[0])
	}
	return fmt.Errorf("lacks the option %s and %d others, which the configuration of a run has: restore the file, or "+
		"begin another run folder", missing[0], len(missing)-1)
}
