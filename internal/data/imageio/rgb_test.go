package imageio

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/augment"
)

// fixCRC corrects the checksum of a PNG chunk, given from its name on.
func fixCRC(chunk []byte) {
	n := len(chunk) - 4
	binary.BigEndian.PutUint32(chunk[n:], crc32.ChecksumIEEE(chunk[:n]))
}

// noise fills the bytes of a decoded image.
func noise(pix []uint8) {
	rng := rand.New(rand.NewPCG(1, uint64(len(pix))))
	for i := range pix {
		pix[i] = uint8(rng.Uint32())
	}
}

// TestPixelTypes compares the fast conversions with the colours that the image
// types themselves report: straight alpha, its value ignored, high byte kept.
func TestPixelTypes(t *testing.T) {
	r := image.Rect(0, 0, 13, 5)
	gray, gray16 := image.NewGray(r), image.NewGray16(r)
	rgba, nrgba, nrgba64 := image.NewRGBA(r), image.NewNRGBA(r), image.NewNRGBA64(r)
	paletted := image.NewPaletted(r, palette.Plan9)
	for _, pix := range [][]uint8{gray.Pix, gray16.Pix, rgba.Pix, nrgba.Pix, nrgba64.Pix, paletted.Pix} {
		noise(pix)
	}
	for i := 3; i < len(rgba.Pix); i += 4 {
		rgba.Pix[i] = 255
	}
	for _, img := range []image.Image{gray, gray16, rgba, nrgba, nrgba64, paletted} {
		got := toRGB(img)
		for y := range r.Dy() {
			for x := range r.Dx() {
				var want [3]uint8
				switch c := img.At(x, y).(type) {
				case color.Gray:
					want = [3]uint8{c.Y, c.Y, c.Y}
				case color.Gray16:
					want = [3]uint8{uint8(c.Y >> 8), uint8(c.Y >> 8), uint8(c.Y >> 8)}
				case color.RGBA:
					want = [3]uint8{c.R, c.G, c.B}
				case color.NRGBA:
					want = [3]uint8{c.R, c.G, c.B}
				case color.NRGBA64:
					want = [3]uint8{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8)}
				}
				if r, g, b := got.At(x, y); [3]uint8{r, g, b} != want {
					t.Fatalf("%T, column %d, row %d: got %d %d %d, want %v", img, x, y, r, g, b, want)
				}
			}
		}
	}
}

// TestPremultiplied: colours multiplied by their alpha are divided by it again.
func TestPremultiplied(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 2, 1))
	img.SetRGBA(0, 0, color.RGBA{R: 50, G: 100, B: 25, A: 100})
	img.SetRGBA(1, 0, color.RGBA{R: 1, G: 2, B: 3, A: 255})
	want := []uint8{127, 255, 63, 1, 2, 3}
	if got := toRGB(img).Pix; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAlphaIsDropped: the colour beneath a transparent pixel stays.
func TestAlphaIsDropped(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	img.SetNRGBA(0, 0, color.NRGBA{R: 200, G: 100, B: 50, A: 0})
	file := encode(t, "png", img)
	webp := webpFile(chunk("VP8L", losslessWebP(1, 1, color.NRGBA{R: 200, G: 100, B: 50, A: 0})))
	for name, data := range map[string][]byte{"png": file, "webp": webp} {
		got, err := Decode(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if r, g, b := got.At(0, 0); r != 200 || g != 100 || b != 50 {
			t.Errorf("%s: got %d %d %d, want 200 100 50", name, r, g, b)
		}
	}
}

// TestCMYK goes through JPEG files with and without Adobe's inversion, with
// inks and with YCbCr and black.
func TestCMYK(t *testing.T) {
	inks := [][4]uint8{
		{0, 0, 0, 0},
		{255, 0, 0, 0},
		{0, 255, 0, 0},
		{10, 20, 30, 40},
		{200, 100, 50, 25},
		{0, 0, 0, 255},
	}
	inverted := make([][4]uint8, len(inks))
	neutral := make([][4]uint8, len(inks)) // YCbCr without colour: a grey of 255−C
	for i, ink := range inks {
		for c := range 4 {
			inverted[i][c] = 255 - ink[c]
		}
		neutral[i] = [4]uint8{ink[0], 128, 128, 255 - ink[3]}
	}
	mixed := func(ink, black uint8) float64 { return float64(255-int(black)) * float64(255-int(ink)) / 255 }
	for name, c := range map[string]struct {
		file []byte
		grey bool
	}{
		"plain": {fourComponentJPEG(inks, -1), false},
		"adobe": {fourComponentJPEG(inverted, 0), false},
		"ycck":  {fourComponentJPEG(neutral, 2), true},
	} {
		img, err := Decode(c.file, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, ink := range inks {
			r, g, b := img.At(8*i+4, 4)
			for channel, got := range [3]uint8{r, g, b} {
				want := mixed(ink[channel], ink[3])
				if c.grey {
					want = mixed(ink[0], ink[3])
				}
				if math.Abs(float64(got)-want) > 1.01 {
					t.Errorf("%s, inks %v, channel %d: got %d, want %.1f", name, ink, channel, got, want)
				}
			}
		}
	}
}

// ycbcr is an image with noise in all planes.
func ycbcr(ratio image.YCbCrSubsampleRatio, width, height int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, width, height), ratio)
	noise(m.Y)
	noise(m.Cb)
	noise(m.Cr)
	return m
}

// slowChroma is the triangle filter in floating point: the colour at (x, y) from
// the four nearest samples. Axes that are not halved have one.
func slowChroma(m *image.YCbCr, plane []uint8, x, y int) float64 {
	halfX := m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio422
	halfY := m.SubsampleRatio == image.YCbCrSubsampleRatio420 || m.SubsampleRatio == image.YCbCrSubsampleRatio440
	type tap struct {
		i int
		w float64
	}
	axis := func(i, n int, half bool) []tap {
		if !half {
			return []tap{{i, 1}}
		}
		center := (float64(i)+0.5)/2 - 0.5
		low := int(math.Floor(center))
		share := center - float64(low)
		last := (n+1)/2 - 1
		return []tap{{max(low, 0), 1 - share}, {min(low+1, last), share}}
	}
	sum := 0.0
	for _, v := range axis(y, m.Rect.Dy(), halfY) {
		for _, u := range axis(x, m.Rect.Dx(), halfX) {
			sum += v.w * u.w * float64(plane[v.i*m.CStride+u.i])
		}
	}
	return sum
}

// TestYCbCr compares with floating point: the filter may be off by one level in
// Cb and Cr, which is 1.8 in blue.
func TestYCbCr(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440,
	} {
		for _, size := range [][2]int{{8, 6}, {33, 17}, {5, 1}, {6, 2}} {
			m := ycbcr(ratio, size[0], size[1])
			got := toRGB(m)
			compareColours(t, ratio.String(), got, 2.8, func(x, y int) [3]float64 {
				l, b, r := float64(m.Y[y*m.YStride+x]), slowChroma(m, m.Cb, x, y)-128, slowChroma(m, m.Cr, x, y)-128
				return [3]float64{l + 1.402*r, l - 0.344136*b - 0.714136*r, l + 1.772*b}
			})
		}
	}
}

// TestNarrowChroma: planes of up to two columns, and other ratios, repeat samples.
func TestNarrowChroma(t *testing.T) {
	for _, c := range []struct {
		ratio image.YCbCrSubsampleRatio
		width int
	}{
		{image.YCbCrSubsampleRatio420, 4},
		{image.YCbCrSubsampleRatio422, 3},
		{image.YCbCrSubsampleRatio420, 1},
		{image.YCbCrSubsampleRatio411, 21},
		{image.YCbCrSubsampleRatio410, 21},
	} {
		m := ycbcr(c.ratio, c.width, 7)
		compareColours(t, c.ratio.String(), toRGB(m), 1, func(x, y int) [3]float64 {
			at := m.COffset(x, y)
			l, b, r := float64(m.Y[y*m.YStride+x]), float64(m.Cb[at])-128, float64(m.Cr[at])-128
			return [3]float64{l + 1.402*r, l - 0.344136*b - 0.714136*r, l + 1.772*b}
		})
	}
}

// TestLimitedRange: VP8's luma is 16 … 235, its colour 16 … 240.
func TestLimitedRange(t *testing.T) {
	for _, size := range [][2]int{{8, 6}, {33, 17}, {1, 1}, {2, 2}, {5, 3}} {
		m := ycbcr(image.YCbCrSubsampleRatio420, size[0], size[1])
		compareColours(t, "VP8", toRGB(&limitedRange{m, nil}), 3, func(x, y int) [3]float64 {
			l, b, r := 255./219*(float64(m.Y[y*m.YStride+x])-16), slowChroma(m, m.Cb, x, y)-128,
				slowChroma(m, m.Cr, x, y)-128
			return [3]float64{l + 1.596*r, l - 0.392*b - 0.813*r, l + 2.017*b}
		})
	}
}

func compareColours(t *testing.T, name string, got *augment.Image, tol float64, want func(x, y int) [3]float64) {
	t.Helper()
	for y := range got.Height {
		for x := range got.Width {
			r, g, b := got.At(x, y)
			for c, v := range [3]uint8{r, g, b} {
				if w := min(max(want(x, y)[c], 0), 255); math.Abs(float64(v)-w) > tol {
					t.Fatalf("%s, %d×%d, column %d, row %d, channel %d: got %d, want %.2f", name, got.Width, got.Height,
						x, y, c, v, w)
				}
			}
		}
	}
}

// TestLossyWebP: a flat grey of luma 128 is 130 in full range.
func TestLossyWebP(t *testing.T) {
	img, err := Decode(webpFile(chunk("VP8 ", lossyWebP(40, 20))), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	compareColours(t, "webp", img, 2, func(int, int) [3]float64 { return [3]float64{130, 130, 130} })
}

// TestGIF: the first of two frames, on a canvas larger than itself, with a
// transparent colour that is kept.
func TestGIF(t *testing.T) {
	colours := color.Palette{
		color.RGBA{R: 250, A: 255}, color.RGBA{G: 251, A: 255}, color.RGBA{B: 252, A: 255}, color.RGBA{},
	}
	first, second := image.NewPaletted(image.Rect(1, 1, 3, 2), colours),
		image.NewPaletted(image.Rect(0, 0, 4, 3), colours)
	first.Pix = []uint8{3, 1}
	var file bytes.Buffer
	animation := gif.GIF{
		Image: []*image.Paletted{first, second}, Delay: []int{0, 0},
		Config: image.Config{ColorModel: colours, Width: 4, Height: 3},
	}
	if err := gif.EncodeAll(&file, &animation); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	// The encoder stores the transparent colour as black; give it one.
	hidden := bytes.Index(data, []byte{0, 0, 252, 0, 0, 0})
	copy(data[hidden+3:], []byte{77, 78, 79})
	before := bytes.Clone(data)
	img, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, before) {
		t.Error("the file's bytes were changed")
	}
	compareColours(t, "gif", img, 0, func(x, y int) [3]float64 {
		if x == 2 && y == 1 {
			return [3]float64{0, 251, 0}
		}
		return [3]float64{77, 78, 79}
	})
}
