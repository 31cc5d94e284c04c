package embeddings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file of text whose line does not end is an error, and not read into memory.
func TestLineWithoutEnd(t *testing.T) {
	for _, name := range []string{"f.csv", "f.jsonl"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("path,label,width,height,e0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "f.jsonl" {
			if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Truncate(path, 1<<40); err != nil {
			t.Skip("no sparse files: ", err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) ||
			!strings.Contains(err.Error(), "line 2 has more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
