package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// equivalent is a mutant that does what the code does, as far as anybody can see, and why.
type equivalent struct{ file, function, change, reason string }

func (e equivalent) String() string { return e.file + " " + e.function + ": " + e.change }

type equivalents []equivalent

// readEquivalents reads a list: on each line a file, a function, the change as the table shows it,
// and the reason, with tabs between; empty lines and those that begin with # are comments.
func readEquivalents(path string) (equivalents, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list equivalents
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 4 || slices.Contains(fields, "") {
			return nil, fmt.Errorf("%s:%d has %d fields with tabs between: want file, function, change and reason",
				path, i+1, len(fields))
		}
		list = append(list, equivalent{fields[0], fields[1], fields[2], fields[3]})
	}
	return list, nil
}

func (e equivalent) is(m mutant) bool {
	return e.file == m.source.name && e.function == m.function && e.change == m.change
}

// without drops the mutants of the list, and counts them.
func (list equivalents) without(all []mutant) ([]mutant, int) {
	kept := slices.DeleteFunc(slices.Clone(all), func(m mutant) bool {
		return slices.ContainsFunc(list, func(e equivalent) bool { return e.is(m) })
	})
	return kept, len(all) - len(kept)
}

// stale are the entries for one of the files that name none of its mutants: the code has changed
// since.
func (list equivalents) stale(sources []source) []equivalent {
	var stale []equivalent
	for _, e := range list {
		for _, s := range sources {
			if s.name != e.file {
				continue
			}
			if all, err := s.mutants(); err == nil && !slices.ContainsFunc(all, e.is) {
				stale = append(stale, e)
			}
		}
	}
	return stale
}
