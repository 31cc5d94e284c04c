package bounded

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func block(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// The limit of nesting is exact in every notation, and what only looks like nesting does not count.
func TestDepth(t *testing.T) {
	brackets := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, at := range map[string]func(int) string{
		"block mappings": block,
		"flow sequences": brackets,
		"flow mappings":  func(n int) string { return strings.Repeat("{a: ", n) + "1" + strings.Repeat("}", n) },
		"dashes":         func(n int) string { return strings.Repeat("- ", n) + "a" },
		"questions":      func(n int) string { return strings.Repeat("? ", n) + "a" },
		"both":           func(n int) string { return block(n/2) + strings.Repeat(" ", n) + brackets(n-n/2) },
	} {
		if err := YAML([]byte(at(MaxDepth))); err != nil {
			t.Errorf("%s, %d deep: %v", name, MaxDepth, err)
		}
		if err := YAML([]byte(at(MaxDepth + 1))); err == nil ||
			!strings.Contains(err.Error(), "nested more than 32 deep") {
			t.Errorf("%s, %d deep: %v", name, MaxDepth+1, err)
		}
	}
	if err := JSON([]byte(brackets(MaxDepth))); err != nil {
		t.Error(err)
	}
	if err := JSON([]byte("\n\n" + brackets(MaxDepth+1))); err == nil ||
		err.Error() != "line 3: values are nested more than 32 deep" {
		t.Errorf("got %v", err)
	}
	wide := strings.Repeat("[],", 1000)
	for _, flat := range []string{`["` + strings.Repeat(`[\"`, 100) + `"]`, "[" + wide + "1]"} {
		if err := JSON([]byte(flat)); err != nil {
			t.Errorf("%.40s: %v", flat, err)
		}
		if err := YAML([]byte(flat)); err != nil {
			t.Errorf("%.40s: %v", flat, err)
		}
	}
	if err := YAML([]byte(strings.Repeat("a:\n  b:\n    - c\n", 500))); err != nil {
		t.Errorf("many shallow blocks: %v", err)
	}
}

// Hostile text costs no more than a fixed multiple of its size, whatever it is made of.
func TestMemory(t *testing.T) {
	if err := YAML(make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "at most 1048576") {
		t.Errorf("more than a megabyte: %v", err)
	}
	for _, part := range []string{
		"[", "{a: ", "- ", "? ", "a,", "&a ", "!a ", "*a ", "#\n", "a: 1\n", "'", ":",
		"---\n", block(1000),
	} {
		text := []byte(strings.Repeat(part, MaxSize/8/len(part)))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = YAML(text)
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 64 {
			t.Errorf("128 KB of %.10q take %d MB", part, used)
		}
	}
}

func TestPlainYAML(t *testing.T) {
	for text, line := range map[string]int{"a: 1\nb: &x 2\n": 2, "a: *x\n": 1, "a:\n  <<: {b: 1}\n": 2} {
		if err := PlainYAML([]byte(text)); err == nil ||
			!strings.HasPrefix(err.Error(), fmt.Sprintf("line %d: anchors", line)) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := PlainYAML([]byte("a: '*x'\nb: a & b\nc: {d: [1, 2]}\n")); err != nil {
		t.Error(err)
	}
}

// A file that grows without end is read up to the limit.
func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	for size, ok := range map[int]bool{0: true, 99: true, 100: true, 101: false, 1 << 20: false} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := Read(path, 100)
		if ok && (err != nil || len(text) != size) || !ok &&
			(err == nil || err.Error() != fmt.Sprintf("%s: has more than 100 bytes, which no such file needs", path)) {
			t.Errorf("%d bytes: %d, %v", size, len(text), err)
		}
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	if _, err := Read(path, 100); err == nil {
		t.Error("a terabyte was read")
	}
}
