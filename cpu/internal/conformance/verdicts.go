package main

import (
	"fmt"
	"slices"
	"strings"
)

// verdict is what became of a test.
type verdict uint8

const (
	failed verdict = iota // also: began, and the program ended
	passed
	skipped
)

// verdicts are those of tests and their subtests, by name. The engine's name within a name is a
// star.
type verdicts map[string]verdict

// parse reads what a test program prints with -test.v=test2json, in which the lines of the testing
// package begin with the byte 0x16, perhaps behind what a test printed without ending the line.
func parse(text, engine string) verdicts {
	v := verdicts{}
	for line := range strings.Lines(text) {
		_, line, ok := strings.Cut(line, "\x16")
		if !ok {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		name := general(fields[2], engine)
		switch strings.Join(fields[:2], " ") {
		case "=== RUN":
			v[name] = failed
		case "--- PASS:":
			v[name] = passed
		case "--- SKIP:":
			v[name] = skipped
		case "--- FAIL:":
			v[name] = failed
		}
	}
	return v
}

// general replaces the engine's name where it is a whole part of a test's name.
func general(name, engine string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if i > 0 && p == engine {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// add takes over the verdicts of a later run.
func (v verdicts) add(later verdicts) {
	for name, verdict := range later {
		v[name] = verdict
	}
}

// count is how many tests passed, failed and were skipped.
type count struct{ passed, failed, skipped int }

func (v verdicts) count() (c count) {
	for _, verdict := range v {
		switch verdict {
		case passed:
			c.passed++
		case failed:
			c.failed++
		case skipped:
			c.skipped++
		}
	}
	return c
}

func (c count) plus(d count) count {
	return count{c.passed + d.passed, c.failed + d.failed, c.skipped + d.skipped}
}

func (c count) String() string { return fmt.Sprintf("%d/%d/%d", c.passed, c.failed, c.skipped) }

func (c count) sentence() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// finding is a test that the stock engine passes and ours does not.
type finding struct{ pkg, test, what string }

// compare lists the tests that the stock engine passes and that ours fails, skips or does not
// begin.
func compare(pkg string, ours, stock verdicts) (findings []finding) {
	for name, verdict := range stock {
		if verdict != passed {
			continue
		}
		switch ours, has := ours[name]; {
		case !has:
			findings = append(findings, finding{pkg, name, "does not get to it"})
		case ours == failed:
			findings = append(findings, finding{pkg, name, "fails"})
		case ours == skipped:
			findings = append(findings, finding{pkg, name, "skips it"})
		}
	}
	slices.SortFunc(findings, func(a, b finding) int { return strings.Compare(a.test, b.test) })
	return findings
}
