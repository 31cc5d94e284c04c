package depth

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/testkit"
)

// write puts a file into a folder.
func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// list are the files of a folder in order.
func list(t *testing.T, dir string) Paths {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func encodePNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// microscopy is a folder of 12-bit images in 16-bit files with some hot pixels.
func microscopy(t *testing.T, n int) string {
	t.Helper()
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for i := range n {
		img := image.NewGray16(image.Rect(0, 0, 64, 64))
		for p := range 64 * 64 {
			img.SetGray16(p%64, p/64, color.Gray16{Y: uint16(200 + rng.IntN(3000))})
		}
		img.SetGray16(rng.IntN(64), rng.IntN(64), color.Gray16{Y: 65535})
		write(t, dir, fmt.Sprintf("%03d.png", i), encodePNG(t, img))
	}
	return dir
}

func levels(t *testing.T, reading imageio.Reading, file string) int {
	t.Helper()
	img, err := reading.DecodeFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint8]bool{}
	for p := img.Pix; len(p) > 0; p = p[3:] {
		seen[p[0]] = true
	}
	return len(seen)
}

// TestTwelveBits: what fills 12 bits of 16 has its grey levels, of which by type alone 13 are left.
func TestTwelveBits(t *testing.T) {
	files := list(t, microscopy(t, 20))
	reading, found, err := Reading(t.Context(), files, imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if err != nil {
		t.Fatal(err)
	}
	if r := reading.Range[0]; found.Images != 20 || math.Abs(r[0]-200) > 10 || math.Abs(r[1]-3199) > 10 ||
		found.Most != 65535 {
		t.Errorf("measured %+v", found)
	}
	if n := levels(t, imageio.Reading{}, files[0]); n > 14 {
		t.Errorf("by type there are %d levels: the case is none", n)
	}
	if n := levels(t, reading, files[0]); n < 250 {
		t.Errorf("%d levels, want about 256", n)
	}
	again, _, err := Reading(t.Context(), files, imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if err != nil || again != reading {
		t.Errorf("measured again: %v, %v", again, err)
	}
}

// pfm is a file of floating-point numbers, of one channel or three.
func pfm(width, height, channels int, at func(i int) float32) []byte {
	kind := "Pf"
	if channels == 3 {
		kind = "PF"
	}
	out := fmt.Appendf(nil, "%s\n%d %d\n-1.0\n", kind, width, height)
	for i := range width * height * channels {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(at(i)))
	}
	return out
}

// TestFloats: heights with a sign and without data, and channels of different ranges.
func TestFloats(t *testing.T) {
	dir := t.TempDir()
	nan := float32(math.NaN())
	write(t, dir, "a.pfm", pfm(50, 40, 1, func(i int) float32 {
		if i%7 == 0 {
			return nan
		}
		return -100 + float32(i)/10
	}))
	f, err := Range(t.Context(), list(t, dir), imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if err != nil || f.Images != 1 || math.Abs(f.Range[0][0]+99.8) > 0.3 || math.Abs(f.Range[0][1]-99.7) > 0.3 {
		t.Errorf("got %+v, %v", f, err)
	}
	dir = t.TempDir()
	write(t, dir, "a.pfm", pfm(50, 40, 3, func(i int) float32 { return float32(i%3*100) + float32(i/3%50) }))
	f, err = Range(t.Context(), list(t, dir), imageio.Reading{}, stored.Choice{Word: stored.Channels})
	if want := (stored.Range{{0, 49}, {100, 149}, {200, 249}}); err != nil || f.Range != want {
		t.Errorf("got %v, %v, want %v", f.Range, err, want)
	}
	f, err = Range(t.Context(), list(t, dir), imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if want := stored.Uniform(0, 249); err != nil || f.Range != want {
		t.Errorf("got %v, %v, want %v", f.Range, err, want)
	}
}

// TestShallow: images of 8 bits measure nothing, and are read as before.
func TestShallow(t *testing.T) {
	dir := t.TempDir()
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	img.Pix[0] = 9
	write(t, dir, "a.png", encodePNG(t, img))
	write(t, dir, "broken.png", []byte("\x89PNG\r\n\x1a\nxx"))
	reading, found, err := Reading(t.Context(), list(t, dir), imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if err != nil || found.Images != 0 || found.Opened != 2 || reading.Range != (stored.Range{}) {
		t.Errorf("got %+v, %+v, %v", reading, found, err)
	}
	reading.Range = stored.Uniform(0, 9)
	if got, err := reading.DecodeFile(filepath.Join(dir, "a.png")); err != nil || got.Pix[0] != 9 {
		t.Errorf("a range touched an image of 8 bits: %v, %v", got, err)
	}
}

// TestManyFiles: of a large folder a part is opened, and a file that is gone is an error.
func TestManyFiles(t *testing.T) {
	dir := microscopy(t, 1)
	one := list(t, dir)[0]
	files := make(Paths, 1000)
	for i := range files {
		files[i] = one
	}
	f, err := Range(t.Context(), files, imageio.Reading{}, stored.Choice{Word: stored.Auto})
	if err != nil || f.Opened != mostMeasured {
		t.Errorf("%d files opened, %v", f.Opened, err)
	}
	files[0] = filepath.Join(dir, "gone.png")
	if _, err := Range(t.Context(), files, imageio.Reading{}, stored.Choice{Word: stored.Auto}); err == nil ||
		!strings.Contains(err.Error(), "gone.png") {
		t.Errorf("got %v", err)
	}
}

func TestStatistics(t *testing.T) {
	dir := t.TempDir()
	for i, c := range []color.NRGBA{{R: 0, G: 255, B: 51, A: 255}, {R: 255, G: 255, B: 153, A: 255}} {
		img := image.NewNRGBA(image.Rect(0, 0, 2+3*i, 2)) // an image counts the same, whatever its size
		for p := range (2 + 3*i) * 2 {
			img.SetNRGBA(p%(2+3*i), p/(2+3*i), c)
		}
		write(t, dir, fmt.Sprintf("%d.png", i), encodePNG(t, img))
	}
	mean, std, err := Statistics(t.Context(), list(t, dir), imageio.Reading{})
	if err != nil || mean != [3]float64{0.5, 1, 0.4} || std != [3]float64{0.5, rounded(smallestStd), 0.2} {
		t.Errorf("mean %v, standard deviation %v, %v", mean, std, err)
	}
	if _, _, err := Statistics(t.Context(), Paths{}, imageio.Reading{}); err == nil {
		t.Error("nothing has a mean")
	}
}
