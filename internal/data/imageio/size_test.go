package imageio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that is larger than any image is a bad image, and not read into memory.
func TestFileLargerThanAnyImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.png")
	if err := os.WriteFile(path, []byte("\x89PNG\r\n\x1a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	_, err := DecodeFile(path, Limits{MaxPixels: 1000})
	if !Undecodable(err) || !strings.Contains(err.Error(), path+
		": has more bytes than an image of 1000 pixels can need") {
		t.Errorf("got %v", err)
	}
}
