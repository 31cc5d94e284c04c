package attention

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/weights/layout"
)

// An image is left out for what is in it, not because its file cannot be read.
func TestLookNeedsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.png")
	var bad badImage
	g := &gallery{decode: encoder.Decoder(layout.Preprocessing{})}
	if _, err := g.look(context.Background(), path); !errors.Is(err, fs.ErrNotExist) ||
		errors.As(err, &bad) {
		t.Errorf("no file: got %#v", err)
	}
	if err := os.WriteFile(path, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := g.look(context.Background(), path); !errors.As(err, &bad) {
		t.Errorf("no image: got %#v", err)
	}
}
