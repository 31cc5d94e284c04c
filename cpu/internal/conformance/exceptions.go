package main

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed exceptions.txt
var exceptionsText string

// exception is a test that may fail, and with it what it consists of.
type exception struct{ pkg, test, reason string }

// parseExceptions reads lines of a package, a test and a reason; empty lines and those that begin
// with # are skipped.
func parseExceptions(text string) (list []exception, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pkg, rest, _ := strings.Cut(line, " ")
		test, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if reason = strings.TrimSpace(reason); reason == "" {
			return nil, fmt.Errorf("exceptions.txt, line %d is %q: must be a package, a test and a reason", number,
				line)
		}
		list = append(list, exception{pkg, test, reason})
	}
	return list, nil
}

// covers tells whether an exception is about a test: it or one that contains it.
func (e exception) covers(f finding) bool {
	return e.pkg == f.pkg && (f.test == e.test || strings.HasPrefix(f.test, e.test+"/") ||
		strings.HasPrefix(e.test, f.test+"/"))
}

// judge returns the failures: findings that no exception covers, and exceptions that cover none, of
// the packages whose verdicts on our engine are given. An exception whose test our engine does not
// pass is needed even if the stock engine does not pass it this time, because of a time limit for
// example.
func judge(findings []finding, exceptions []exception, run map[string]verdicts) (failures []string) {
	needed := make([]bool, len(exceptions))
	for _, f := range findings {
		excused := false
		for i, e := range exceptions {
			if e.covers(f) {
				needed[i], excused = true, true
			}
		}
		if !excused {
			failures = append(failures, fmt.Sprintf("%s %s: %s passes, %s %s", f.pkg, f.test, stock, ours, f.what))
		}
	}
	for i, e := range exceptions {
		v, known := run[e.pkg]
		if mine, has := v[e.test]; known && !needed[i] && (!has || mine == passed) {
			failures = append(failures,
				fmt.Sprintf("%s %s is an exception that is not needed: take it out of exceptions.txt", e.pkg, e.test))
		}
	}
	return failures
}
