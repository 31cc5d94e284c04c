package imageio

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestPages(t *testing.T) {
	file := write(t, "stack.tif",
		testkit.TIFFStack(1, 8, []uint16{1, 2}, []uint16{3, 4}, []uint16{5, 6}, []uint16{7, 8}))
	if n := Pages(file, Limits{}); n != 4 {
		t.Errorf("%d pages", n)
	}
	for page, want := range map[int]byte{1: 1, 2: 3, 4: 7} {
		img, err := Reading{}.DecodeFile(PagePath(file, page))
		if err != nil || img.Pix[0] != want {
			t.Errorf("page %d: got %v, %v", page, img, err)
		}
	}
	if _, err := (Reading{}).DecodeFile(PagePath(file, 5)); err == nil ||
		!strings.Contains(err.Error(), "the file has 4 pages, page 5") {
		t.Errorf("got %v", err)
	}
	img, err := Reading{Pages: PageChannels}.DecodeFile(file)
	if err != nil || !bytes.Equal(img.Pix, []byte{1, 3, 5, 2, 4, 6}) {
		t.Errorf("as channels: got %v, %v", img, err)
	}
	deep, err := Reading{Pages: PageChannels}.Deep(testkit.TIFFStack(1, 16, []uint16{300}, []uint16{400}))
	if err != nil || !slices.Equal(deep.Words, []uint16{300, 400, 0}) || deep.Channels != 3 {
		t.Errorf("two deep pages as channels: got %+v, %v", deep, err)
	}
	if _, err := (Reading{Pages: PageChannels}).Decode(testkit.TIFFStack(1, 8, []uint16{1},
		[]uint16{1, 2})); err == nil ||
		!strings.Contains(err.Error(), "page 2 is of another size or kind") {
		t.Errorf("got %v", err)
	}
}

// TestPageMark: a file whose name looks like a page of another is read for itself.
func TestPageMark(t *testing.T) {
	for path, want := range map[string]string{
		"a.tif#page=3": "a.tif", "a.tif#page=1": "a.tif#page=1",
		"a.tif#page=x": "a.tif#page=x", "a.tif": "a.tif",
	} {
		if got, _ := splitPage(path); got != want {
			t.Errorf("%s: got %s", path, got)
		}
	}
	named := filepath.Join(t.TempDir(), "a.tif#page=2")
	if err := os.WriteFile(named, testkit.TIFFStack(1, 8, []uint16{9}), 0o600); err != nil {
		t.Fatal(err)
	}
	if img, err := (Reading{}).DecodeFile(named); err != nil || img.Pix[0] != 9 {
		t.Errorf("got %v, %v", img, err)
	}
}
