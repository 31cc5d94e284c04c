package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// described are the wings whose row says what each of their packages is for.
var described = []string{"run", "data", "output", "watch"}

var quoted = regexp.MustCompile("`([^`]+)`")

// tableRows maps each name in the first cells of the tables of a text to the rest of its row, and
// lists the names that have two rows.
func tableRows(text string) (rows map[string]string, twice []string) {
	rows = map[string]string{}
	for line := range strings.Lines(text) {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 || cells[0] != "" {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[1], -1) {
			if _, there := rows[name[1]]; there {
				twice = append(twice, name[1])
			}
			rows[name[1]] = cells[2]
		}
	}
	return rows, twice
}

// The tables of packages in docs/architecture.md have every package once, and no other.
func TestTablesListThePackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, packages, _ := strings.Cut(string(text), "\n## Packages\n")
	packages, _, found := strings.Cut(packages, "\n## The house\n")
	if !found {
		t.Fatal("docs/architecture.md has no section of packages before that of the house")
	}
	rows, twice := tableRows(packages)
	if len(twice) > 0 {
		t.Errorf("these have two rows: %v", twice)
	}
	there, said := map[string]bool{"dino": true}, map[string]bool{}
	for _, p := range list(t) {
		name := "dino/" + p.rel()
		if isInternal(p.ImportPath) {
			name = strings.Split(strings.TrimPrefix(p.rel(), "internal/"), "/")[0]
		}
		if strings.HasPrefix(p.rel(), "cpu/") || strings.HasPrefix(p.rel(), "eval/") || p.Name == "main" ||
			p.rel() == "bench" {
			continue
		}
		there[name] = true
		for _, wing := range described {
			if rest, inside := strings.CutPrefix(p.rel(), "internal/"+wing+"/"); inside {
				said[wing+" "+rest] = true
				if !strings.Contains(rows[wing], "`"+rest+"`") {
					t.Errorf("the row of %s says nothing of %s", wing, rest)
				}
			}
		}
	}
	delete(there, "dino/.")
	for name := range there {
		if _, has := rows[name]; !has {
			t.Errorf("%s has no row", name)
		}
	}
	for name, row := range rows {
		if !there[name] {
			t.Errorf("%s has a row and is no package", name)
		}
		for _, wing := range described {
			for _, q := range quoted.FindAllStringSubmatch(row, -1) {
				if name == wing && !said[wing+" "+q[1]] {
					t.Errorf("the row of %s names %s, which is no package of it", wing, q[1])
				}
			}
		}
	}
}

// The reading of tables is able to find.
func TestTableRows(t *testing.T) {
	rows, twice := tableRows("| `a`, `b` | one |\n| `b` | two |\nnone `c`\n")
	if len(rows) != 2 || strings.TrimSpace(rows["a"]) != "one |" || len(twice) != 1 || twice[0] != "b" {
		t.Errorf("rows %q, twice %q", rows, twice)
	}
}
