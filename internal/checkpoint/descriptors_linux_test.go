package checkpoint

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// TestLatestClosesItsFiles counts open files: a run that looks for its checkpoint again and again
// must not use them up. The garbage collector, which would close what was forgotten, is kept from
// it.
func TestLatestClosesItsFiles(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	dir := t.TempDir()
	mustSave(t, dir, 1)
	mustSave(t, dir, 2)
	write(t, filepath.Join(dir, "step-00000002.safetensors"), "torn")
	before := openFiles(t)
	for range 20 {
		loaded, _, err := Latest(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := loaded.Tensors.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := openFiles(t); after > before+5 {
		t.Errorf("%d files are open, %d were", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}
