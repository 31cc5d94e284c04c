package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestGeneratedFilesAreCurrent generates the files again and compares.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	folder := t.TempDir()
	if err := generate(folder); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", filepath.Base(file)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what gen writes (%v): run go generate in its folder", filepath.Base(file), err)
		}
	}
}

// TestRoundEncoding has encodings of GNU as for VCVTNEPS2BF16 from Z0 to Y0, Z9 to Y9 and Z23 to
// Y23.
func TestRoundEncoding(t *testing.T) {
	for r, want := range map[int][]byte{
		0: {0x62, 0xf2, 0x7e, 0x48, 0x72, 0xc0}, 9: {0x62, 0x52, 0x7e, 0x48, 0x72, 0xc9},
		23: {0x62, 0xa2, 0x7e, 0x48, 0x72, 0xff},
	} {
		if got := evexRound(r); !bytes.Equal(got, want) {
			t.Errorf("Z%d is % x, want % x", r, got, want)
		}
	}
}

// TestBroadcastEncoding has encodings that GNU objdump reads as VDPBF16PS.
func TestBroadcastEncoding(t *testing.T) {
	for _, c := range []struct {
		row    address
		b, acc int
		want   []byte
	}{
		{address{"AX", "R8", 0}, 29, 0, []byte{0x62, 0xf2, 0x16, 0x50, 0x52, 0x44, 0x20, 0x00}},
		{address{"CX", "R8", 1}, 30, 9, []byte{0x62, 0x32, 0x0e, 0x50, 0x52, 0x4c, 0x01, 0x00}},
		{address{"R13", "R8", 2}, 31, 23, []byte{0x62, 0x82, 0x06, 0x50, 0x52, 0x7c, 0x45, 0x00}},
	} {
		if got := evexBroadcast(c.row, c.b, c.acc); !bytes.Equal(got, c.want) {
			t.Errorf("%s, Z%d, Z%d is % x, want % x", c.row, c.b, c.acc, got, c.want)
		}
	}
}
