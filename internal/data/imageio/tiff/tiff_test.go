package tiff

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/write.py
var writeProgram string

// written is a file that others wrote, and what it shows.
type written struct {
	name, kind              string
	width, height, channels int
}

// UnmarshalJSON reads the list that the program prints.
func (w *written) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&w.name, &w.kind, &w.width, &w.height, &w.channels})
}

// TestOthersFiles reads what tifffile and libtiff write in every layout.
func TestOthersFiles(t *testing.T) {
	python := pythontest.Find(t, "tifffile", "imagecodecs", "PIL", "numpy")
	dir := t.TempDir()
	var files []written
	pythontest.Run(t, python, writeProgram, &files, dir, fmt.Sprint(testkit.Seed(t)))
	if len(files) < 200 {
		t.Errorf("only %d files were written", len(files))
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, f.name+".raw"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Decode(data, 0, false)
		switch {
		case err != nil:
			t.Errorf("%s: %v", f.name, err)
		case f.kind == "rgb" && p.RGB == nil || f.kind != "rgb" && p.Deep == nil:
			t.Errorf("%s: want %s", f.name, f.kind)
		case f.kind == "rgb":
			most := 0
			if f.name == "ycbcr-raw.tif" { // which Pillow converts itself, with six bits of fraction
				most = 1
			}
			if d := testkit.LargestDifference(p.RGB.Pix, want); p.RGB.Width != f.width || p.RGB.Height != f.height ||
				d > most {
				t.Errorf("%s: %d×%d, largest difference %d", f.name, p.RGB.Width, p.RGB.Height, d)
			}
		default:
			requireValues(t, f, p.Deep.Words, p.Deep.Floats, want)
		}
	}
}

func requireValues(t *testing.T, f written, words []uint16, floats []float32, want []byte) {
	t.Helper()
	n := f.width * f.height * f.channels
	if len(words)+len(floats) != n || len(want) != 8*n {
		t.Errorf("%s: %d values, want %d", f.name, len(words)+len(floats), n)
		return
	}
	for i := range n {
		w := math.Float64frombits(binary.LittleEndian.Uint64(want[8*i:]))
		var got float64
		if words != nil {
			got = float64(words[i])
		} else {
			got, w = float64(floats[i]), float64(float32(w))
		}
		if got != w {
			t.Errorf("%s: value %d is %v, want %v", f.name, i, got, w)
			return
		}
	}
}
