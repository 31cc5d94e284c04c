package runlog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		lines  []int
		before int
		want   []Steps
	}{
		{nil, 0, nil},
		{nil, 4, []Steps{{0, 3}}},
		{[]int{0, 1, 2, 3}, 4, nil},
		{[]int{0, 1}, 4, []Steps{{2, 3}}},
		{[]int{2, 3}, 4, []Steps{{0, 1}}},
		{[]int{0, 2, 3, 5}, 7, []Steps{{1, 1}, {4, 4}, {6, 6}}},
		{[]int{0, 1, 2, 3, 4, 5}, 4, nil},    // longer than the checkpoint: cut off
		{[]int{0, 1, 2, 3, 3, 3, 1}, 4, nil}, // lines that are there again: cut off
	} {
		path := filepath.Join(t.TempDir(), "metrics.jsonl")
		var text strings.Builder
		for _, step := range c.lines {
			line, err := Record{Step: step}.line(table)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(string(line) + "\n")
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := OpenMetrics(path, table, c.before)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Missing(); !slices.Equal(got, c.want) {
			t.Errorf("lines %v before step %d: missing %v, want %v", c.lines, c.before, got, c.want)
		}
		m.Close()
		stay, err := ReadMetrics(path, table)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range stay {
			if r.Step >= c.before || i > 0 && r.Step <= stay[i-1].Step {
				t.Errorf("lines %v before step %d: the line of step %d stays", c.lines, c.before, r.Step)
			}
		}
	}
	if got, want := Join([]Steps{{0, 0}, {2, 5}}), "0, 2 to 5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Join(make([]Steps, 8)), "0, 0, 0, 0, 0, and 3 stretches more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A log that is a link, or no longer there, is not written.
func TestMetricsElsewhere(t *testing.T) {
	dir := t.TempDir()
	target, path := filepath.Join(dir, "target"), filepath.Join(dir, "metrics.jsonl")
	if err := os.WriteFile(target, []byte("precious\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenMetrics(path, table, 0); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(target); string(got) != "precious\n" {
		t.Errorf("the target is %q", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	m, err := OpenMetrics(path, table, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Write(Record{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := m.Write(Record{Step: 1}); err == nil || !strings.Contains(err.Error(), "removed") {
		t.Errorf("a line was written into a file that is gone: %v", err)
	}
}
