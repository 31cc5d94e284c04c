package attention

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestList(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"a/x.png", "a/sub/x.jpg", "a/.hidden.png", "a/notes.txt", "b/X.png", "b/x.bmp"} {
		draw(t, filepath.Join(dir, filepath.FromSlash(path)), 2, 2)
	}
	below := func(path string) string { return filepath.Join(dir, filepath.FromSlash(path)) }
	in, err := list(t.Context(), []string{below("b/X.png"), below("a"), below("b/x.bmp")}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	want := []input{
		{below("b/X.png"), "X"},
		{below("a/sub/x.jpg"), "sub/x"},
		{below("a/x.png"), "x-2"},
		{below("b/x.bmp"), "x-3"},
	}
	if diff := cmp.Diff(want, in.images, cmp.AllowUnexported(input{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if in.fps != 0 {
		t.Errorf("images have %v frames a second", in.fps)
	}
}

func TestListRejects(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clip.mp4"), []byte("no video"), 0o600); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]string{
		filepath.Join(dir, "none.png"): "no such file",
		dir:                            "no image",
		filepath.Join(dir, "clip.mp4"): "ffmpeg",
	} {
		if _, err := list(t.Context(), []string{arg}, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want one with %q", arg, err, want)
		}
	}
}
