//go:build unix

package embeddingmap

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe in the place of an image is refused at once; a link to an image is followed, as in every
// folder of images.
func TestPipesAndLinks(t *testing.T) {
	folder := t.TempDir()
	s := source(t, 6, folder)
	pipe, link := filepath.Join(folder, s.Images[0].Path), filepath.Join(folder, s.Images[1].Path)
	for _, path := range []string{pipe, link} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(folder, s.Images[2].Path), link); err != nil {
		t.Fatal(err)
	}
	m := made(t, s, DefaultSettings())
	answered := make(chan int, 1)
	go func() { answered <- get(t, m, "/api/image?row=0", nil) }()
	select {
	case code := <-answered:
		if code != http.StatusNotFound {
			t.Errorf("a pipe: %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a pipe blocks")
	}
	if code := get(t, m, "/api/image?row=1", nil); code != http.StatusOK {
		t.Errorf("a link: %d", code)
	}
}
