package imageio

import (
	"os"
	"path/filepath"
	"testing"
)

// cases holds files that were misread or refused, each of a kind that people have. They are not
// ours to copy, and lie beside the repository where they are at all.
const cases = "../../../../shared/cases/images"

// TestCases reads them like Pillow, to the bit.
func TestCases(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(cases, "*.*"))
	if len(files) == 0 {
		t.Skip("there are no cases beside the repository")
	}
	p := newPillow(t)
	for _, path := range files {
		name := filepath.Base(path)
		if !looksLikeImage(path) {
			continue
		}
		fate, detail, _ := compare(t, p, path)
		switch want := map[string]string{
			"trunc_tail.jpg": onlyHere, "truncated_end_chunk.png": onlyHere,
			"hopper_bad_exif.jpg": different, // its scan is damaged; libjpeg resynchronises in another way
		}[name]; {
		case want != "" && fate != want, want == "" && fate != identical:
			t.Errorf("%s: %s: %s", name, fate, detail)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := ReadHeader(data); err != nil || h.Width < 1 {
			t.Errorf("%s: header %+v, %v", name, h, err)
		}
	}
}
