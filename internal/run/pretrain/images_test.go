package pretrain

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
)

// The auto preset is sized to the images that can be decoded. A file that cannot be read is an
// error, not a smaller sample: the preset would depend on the moment.
func TestFactsNeedEveryFile(t *testing.T) {
	dir := t.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"a.png": picture.Bytes(), "b.png": picture.Bytes(),
		"torn.png": picture.Bytes()[:40],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := folder.Scan(context.Background(), dir, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	d := &images{
		index: index, backend: "cpu",
		reading: imageio.Reading{Limits: imageio.Limits{MaxPixels: imageio.DefaultMaxPixels}},
	}
	if f, err := d.facts(); err != nil || f.ShortSide != 20 || f.Images != 3 {
		t.Errorf("got %+v, %v", f, err)
	}
	if err := os.Remove(filepath.Join(dir, "b.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.facts(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

// A header says how large an image is: nothing of its pixels is read. Pixels that are missing would
// otherwise let the image be passed over.
func TestFactsDecodeNoPixels(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.png"), picture.Bytes()[:60], 0o600); err != nil {
		t.Fatal(err)
	}
	index, err := folder.Scan(context.Background(), dir, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	d := &images{
		index: index, backend: "cpu",
		reading: imageio.Reading{Limits: imageio.Limits{MaxPixels: imageio.DefaultMaxPixels}},
	}
	if f, err := d.facts(); err != nil || f.ShortSide != 200 || d.pixels != 300*200 {
		t.Errorf("got %+v, %d pixels, %v", f, d.pixels, err)
	}
	d.reading.MaxPixels = 300*200 - 1
	if f, err := d.facts(); err != nil || f.ShortSide != 0 {
		t.Errorf("an image that is too large counts: %+v, %v", f, err)
	}
}
