package embeddings

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead gives files of any bytes to the readers that are ours. They must not panic, nor give a table that is none.
func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	for i, extension := range []string{".npy", ".csv", ".jsonl", ".safetensors"} {
		path := filepath.Join(dir, "f"+extension)
		if err := write(path, small(), 1); err != nil {
			f.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, text)
		f.Add(i, text[:len(text)/2])
	}
	f.Fuzz(func(t *testing.T, kind int, text []byte) {
		extensions := []string{".npy", ".csv", ".jsonl", ".safetensors"}
		path := filepath.Join(t.TempDir(), "f"+extensions[(kind%4+4)%4])
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := Read(path); err == nil {
			if err := table.check(); err != nil {
				t.Error(err)
			}
		}
	})
}
