package pnm

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// files are one of each kind, 3 × 2.
var files = map[string]string{
	"P1":      "P1 # bitmap\n3 2\n1 0 1\n010\n",
	"P2":      "P2\n3 2 15\n0 1 2 # grey\n3 4 15\n",
	"P3":      "P3\n3 2\n255\n" + "0 1 2 3 4 5 6 7 8\n9 10 11 12 13 14 15 16 255\n",
	"P4":      "P4\n3 2\n\xa0\x40",
	"P5":      "P5\n3 2\n255\n\x00\x01\x02\x03\x04\xff",
	"P5 of 7": "P5\n3 2\n7\n\x00\x01\x02\x03\x04\x07",
	"P6":      "P6\n#c\n3 #d\n2\n255\n\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\xff",
}

// TestPillow compares with Pillow.
func TestPillow(t *testing.T) {
	python := pythontest.Find(t, "PIL")
	dir := t.TempDir()
	var names, paths []string
	for name, text := range files {
		path := filepath.Join(dir, fmt.Sprint(len(names), ".ppm"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names, paths = append(names, name), append(paths, path)
	}
	const program = `
import json, sys
from PIL import Image
print(json.dumps([list(Image.open(p).convert("RGB").tobytes()) for p in sys.argv[1:]]))`
	var want [][]int
	pythontest.Run(t, python, program, &want, paths...)
	for i, name := range names {
		p, err := Decode([]byte(files[name]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []int
		for _, v := range p.RGB.Pix {
			got = append(got, int(v))
		}
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s: got %v, want %v", name, got, want[i])
		}
	}
}

// TestSamples: without Pillow, the grey levels of each kind.
func TestSamples(t *testing.T) {
	for name, want := range map[string][]byte{
		"P1": {0, 255, 0, 255, 0, 255}, "P4": {0, 255, 0, 255, 0, 255}, "P2": {0, 17, 34, 51, 68, 255},
		"P5": {0, 1, 2, 3, 4, 255},
	} {
		p, err := Decode([]byte(files[name]))
		if err != nil {
			t.Fatal(name, err)
		}
		var got []byte
		for i := 0; i < len(p.RGB.Pix); i += 3 {
			got = append(got, p.RGB.Pix[i])
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestDeep: more than 8 bits and floats stay what they are.
func TestDeep(t *testing.T) {
	for text, want := range map[string][]uint16{
		"P5\n2 1\n4095\n\x0f\xff\x01\x02": {4095, 258}, "P2\n2 1\n65535\n65535 7": {65535, 7},
		"P6\n1 1\n1000\n\x00\x01\x00\x02\x03\xe8": {1, 2, 1000}, "P2 2 1 300 999 1": {300, 1},
	} {
		p, err := Decode([]byte(text))
		if err != nil || p.Deep == nil || !slices.Equal(p.Deep.Words, want) {
			t.Errorf("%q: got %+v, %v", text, p.Deep, err)
		}
	}
	p, err := Decode([]byte("Pf\n1 2\n-1.0\n\x00\x00\x80\x3f\x00\x00\x00\xc0"))
	if err != nil || !slices.Equal(p.Deep.Floats, []float32{-2, 1}) {
		t.Errorf("rows stand from bottom to top: got %+v, %v", p.Deep, err)
	}
	p, err = Decode([]byte("PF\n1 1\n1.0\n\x7f\xc0\x00\x00\x3f\x80\x00\x00\x40\x00\x00\x00"))
	if err != nil || !math.IsNaN(float64(p.Deep.Floats[0])) || p.Deep.Floats[2] != 2 {
		t.Errorf("got %+v, %v", p.Deep, err)
	}
}

func TestBad(t *testing.T) {
	for _, text := range []string{
		"P", "P7\n1 1\n255\n\x00", "P5\n1\n", "P5\n-1 1\n255\n\x00", "P5\n1 1\n0\n\x00", "P5\n1 1\n70000\n\x00",
		"P5\n2 2\n255\n\x00", "P2\n2 1\n255\n1", "P2\n1 1\n255\nx", "P1\n1 1\n2", "P4\n9 2\n\x00\x00\x00",
		"Pf\n1 1\n0\n\x00\x00\x00\x00",
		"Pf\n1 1\n1\n\x00", "P5\n99999999999999 1\n255\n",
	} {
		if h, err := ReadHeader([]byte(text)); err == nil && h.Width*h.Height > 100 {
			continue
		}
		if p, err := Decode([]byte(text)); err == nil {
			t.Errorf("%q: accepted as %+v", text, p)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range files {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(data)
		if err != nil || h.Width < 1 || h.Height < 1 || h.Width > 4096/h.Height {
			return
		}
		p, err := Decode(data)
		if err == nil && p.RGB == nil && p.Deep == nil {
			t.Fatal("neither a picture nor an error")
		}
	})
}
