package jpeg

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/write.py
var writeProgram string

// TestPillow decodes files of all kinds to the bits that libjpeg-turbo, through Pillow, gives.
func TestPillow(t *testing.T) {
	python := pythontest.Find(t, "PIL", "numpy")
	dir := t.TempDir()
	tools := ""
	if path, err := exec.LookPath("cjpeg"); err == nil {
		if _, err := exec.LookPath("jpegtran"); err == nil {
			tools = filepath.Dir(path)
		}
	}
	var files []string
	pythontest.Run(t, python, writeProgram, &files, dir, fmt.Sprint(testkit.Seed(t)), tools)
	if tools == "" {
		t.Log("cjpeg and jpegtran are not here: arithmetic codes and unusual subsampling are not compared")
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, name+".raw"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := Decode(data, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(img.Pix, want) {
			t.Errorf("%s: %d×%d, largest difference %d", name, img.Width, img.Height,
				testkit.LargestDifference(img.Pix, want))
		}
	}
}

// drawing is smooth with some noise.
func drawing(width, height int) *image.RGBA {
	rng := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{
				R: uint8(128 + 100*math.Sin(float64(x)/7)), G: uint8(128 + 100*math.Cos(float64(y)/5)),
				B: uint8(rng.IntN(40) + 2*x), A: 255,
			})
		}
	}
	return img
}

func encoded(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := stdjpeg.Encode(&out, drawing(width, height), &stdjpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decoded(t *testing.T, data []byte, o Options) *augment.Image {
	t.Helper()
	img, err := Decode(data, o)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// without cuts the segments of a marker out of a file.
func without(data []byte, marker byte) []byte {
	out := data[:2:2]
	for at := 2; ; {
		n := 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if data[at+1] == sos {
			return append(out, data[at:]...)
		}
		if data[at+1] != marker {
			out = append(out, data[at:at+n]...)
		}
		at += n
	}
}

// TestStandard: without Pillow, about what image/jpeg gives, which rounds otherwise.
func TestStandard(t *testing.T) {
	data := encoded(t, 61, 43)
	std, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := augment.NewImage(61, 43)
	FromYCbCr(want, std.(*image.YCbCr))
	if d := testkit.LargestDifference(decoded(t, data, Options{}).Pix, want.Pix); d > 4 {
		t.Errorf("largest difference %d", d)
	}
}

// TestMotion: a frame without Huffman tables has those of the standard.
func TestMotion(t *testing.T) {
	data := encoded(t, 33, 20)
	bare := without(data, dht)
	if len(bare) == len(data) {
		t.Fatal("the file had no tables")
	}
	if !bytes.Equal(decoded(t, bare, Options{}).Pix, decoded(t, data, Options{}).Pix) {
		t.Error("the pixels differ")
	}
}

// TestTables: tables may stand in a file of their own.
func TestTables(t *testing.T) {
	data := encoded(t, 33, 20)
	bare := without(without(data, dht), dqt)
	tables := without(without(without(data, app0), 0xc0), 0xe1)
	tables = append(tables[:bytes.Index(tables, []byte{0xff, sos})], 0xff, eoi)
	if !bytes.Equal(decoded(t, bare, Options{Tables: tables}).Pix, decoded(t, data, Options{}).Pix) {
		t.Error("the pixels differ")
	}
	if _, err := Decode(bare, Options{}); err == nil ||
		!strings.Contains(err.Error(), "table of quantisation that is not there") {
		t.Errorf("without them: %v", err)
	}
}

// TestHeightBehindTheScan: DNL states the height of a frame that states none.
func TestHeightBehindTheScan(t *testing.T) {
	data := encoded(t, 40, 24)
	frame := bytes.Index(data, []byte{0xff, 0xc0})
	late := bytes.Clone(data[:len(data)-2])
	late[frame+5], late[frame+6] = 0, 0
	late = append(late, 0xff, dnl, 0, 4, 0, 24, 0xff, eoi)
	if !bytes.Equal(decoded(t, late, Options{}).Pix, decoded(t, data, Options{}).Pix) {
		t.Error("the pixels differ")
	}
	if w, h, err := Size(late); w != 40 || h != 24 || err != nil {
		t.Errorf("%d×%d, %v", w, h, err)
	}
}

// TestEnd: a missing end marker costs nothing; a part of the picture is refused, or kept from a
// share on, its rest grey.
func TestEnd(t *testing.T) {
	data := encoded(t, 64, 160)
	whole := decoded(t, data, Options{})
	for cut := 1; cut <= 2; cut++ {
		if !bytes.Equal(decoded(t, data[:len(data)-cut], Options{}).Pix, whole.Pix) {
			t.Errorf("cut by %d bytes: the pixels differ", cut)
		}
	}
	half := data[:len(data)/2]
	if _, err := Decode(half, Options{}); err == nil ||
		!strings.Contains(err.Error(), "the file is truncated: about ") {
		t.Errorf("half of it: %v", err)
	}
	if _, err := Decode(half, Options{Floor: 0.9}); err == nil {
		t.Error("half of it is taken for nine tenths")
	}
	kept := decoded(t, half, Options{Floor: 0.3})
	if n := 3 * 64 * 32; !bytes.Equal(kept.Pix[:n], whole.Pix[:n]) {
		t.Error("the part that is there differs")
	}
	if r, g, b := kept.At(32, 159); r != 128 || g != 128 || b != 128 {
		t.Errorf("the part that is missing is %d %d %d", r, g, b)
	}
}

// TestShrink: the mean of the samples.
func TestShrink(t *testing.T) {
	data := encoded(t, 101, 67)
	whole := decoded(t, data, Options{})
	for shrink := 1; shrink <= 3; shrink++ {
		n := 1 << shrink
		img := decoded(t, data, Options{Shrink: shrink})
		if img.Width != over(101, n) || img.Height != over(67, n) {
			t.Fatalf("%d×%d", img.Width, img.Height)
		}
		for y := 1; y < 67/n-1; y++ {
			for x := 1; x < 101/n-1; x++ {
				sum := 0
				for j := range n {
					for i := range n {
						sum += luma(whole, x*n+i, y*n+j)
					}
				}
				if l := luma(img, x, y); max(l-sum/n/n, sum/n/n-l) > 8 {
					t.Fatalf("shrunk %d times, column %d, row %d: luma %d, the mean is %d", n, x, y, l, sum/n/n)
				}
			}
		}
	}
}

// TestMemory: of a file that is shrunk only the small planes and the small picture are in memory,
// and no block takes any of its own.
func TestMemory(t *testing.T) {
	const side = 1024
	data := encoded(t, side, side)
	for shrink, most := range map[int]int64{0: 6 * side * side, 3: 6*side*side/64 + 100<<10} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decoded(t, data, Options{Shrink: shrink})
		runtime.ReadMemStats(&after)
		if taken := int64(after.TotalAlloc - before.TotalAlloc); taken > most {
			t.Errorf("shrunk %d times: %d bytes are taken, want at most %d", shrink, taken, most)
		}
	}
}

// luma is what subsampling leaves as it is, nearly.
func luma(img *augment.Image, x, y int) int {
	r, g, b := img.At(x, y)
	return (299*int(r) + 587*int(g) + 114*int(b)) / 1000
}

// wave is a cosine of the transform at a place.
func wave(x, frequency int) float64 {
	return math.Cos(float64(2*x+1) * float64(frequency) * math.Pi / 16)
}

// TestTransform compares with the definition in floating point.
func TestTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for range 200 {
		var c [64]int16
		var table [64]int32
		for k := range c {
			table[k] = int32(1 + rng.IntN(20))
		}
		for range 1 + rng.IntN(20) {
			c[rng.IntN(64)] = int16(rng.IntN(41) - 20)
		}
		var got [64]uint8
		inverse(got[:], 8, &c, &table)
		var factors [64]float64
		for k, q := range table {
			factors[zigzag[k]] = float64(q)
		}
		for y := range 8 {
			for x := range 8 {
				sum := 0.0
				for v := range 8 {
					for u := range 8 {
						w := factors[8*v+u] * float64(c[8*v+u]) / 4
						if u == 0 {
							w /= math.Sqrt2
						}
						if v == 0 {
							w /= math.Sqrt2
						}
						sum += w * wave(x, u) * wave(y, v)
					}
				}
				want := min(max(sum+128, 0), 255)
				if math.Abs(want-float64(got[8*y+x])) > 0.6 {
					t.Fatalf("column %d, row %d: %d, want %.2f", x, y, got[8*y+x], want)
				}
			}
		}
	}
}

func TestBad(t *testing.T) {
	data := encoded(t, 16, 16)
	changed := func(at int, v byte) []byte {
		out := bytes.Clone(data)
		out[at] = v
		return out
	}
	frame, scan := bytes.Index(data, []byte{0xff, 0xc0}), bytes.Index(data, []byte{0xff, sos})
	for want, file := range map[string][]byte{
		"samples have 12 bits":                   changed(frame+4, 12),
		"lossless JPEG is not read":              changed(frame+1, 0xc3),
		"hierarchical JPEG is not read":          changed(frame+1, 0xc5),
		"the image has 2 components":             changed(frame+9, 2),
		"a scan names a component":               changed(scan+5, 77),
		"the file has no scan":                   append(bytes.Clone(data[:scan]), 0xff, eoi),
		"the file is truncated":                  data[:scan],
		"a scan stands before its frame":         without(data, 0xc0),
		"the image has no pixels":                changed(frame+8, 0),
		"component 0 is sampled 0×1":             changed(frame+11, 0x01),
		"components are subsampled by fractions": changed(frame+11, 0x31)[:len(data)],
	} {
		if want == "components are subsampled by fractions" {
			file[frame+14] = 0x21
		}
		if _, err := Decode(file, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// TestDamage: bits that are no code are an error, unless restart markers confine them.
func TestDamage(t *testing.T) {
	data := encoded(t, 64, 64)
	scan := bytes.Index(data, []byte{0xff, sos})
	refused := 0
	for at := scan + 40; at < len(data)-20; at += 7 {
		file := bytes.Clone(data)
		copy(file[at:], []byte{0xff, 0, 0xff, 0, 0xff, 0})
		if _, err := Decode(file, Options{}); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no damage was found")
	}
}

func FuzzDecode(f *testing.F) {
	data := encoded(f, 9, 9)
	scan := bytes.Index(data, []byte{0xff, sos})
	f.Add(uint8(0), data[scan:])
	head := data[:scan]
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		file := append(bytes.Clone(head), body...)
		file[bytes.Index(head, []byte{0xff, 0xc0})+1] = []byte{0xc0, 0xc1, 0xc2, 0xc9, 0xca}[kind%5]
		if w, h, err := Size(file); err != nil || w*h > 1<<12 {
			return
		}
		img, err := Decode(file, Options{Shrink: int(kind / 5 % 4), Floor: 0.1})
		if err == nil && len(img.Pix) != 3*img.Width*img.Height {
			t.Fatal(len(img.Pix))
		}
	})
}
