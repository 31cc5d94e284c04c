package attention

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// An image is left out for what is in it, not because its file cannot be read.
func TestLookNeedsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.png")
	var bad badImage
	if _, err := new(gallery).look(context.Background(), path); !errors.Is(err, fs.ErrNotExist) ||
		errors.As(err, &bad) {
		t.Errorf("no file: got %#v", err)
	}
	if err := os.WriteFile(path, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := new(gallery).look(context.Background(), path); !errors.As(err, &bad) {
		t.Errorf("no image: got %#v", err)
	}
}
