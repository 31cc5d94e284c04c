package stored

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func words(width int, values ...uint16) *Image {
	m := NewWords(width, len(values)/width, 1, 16)
	copy(m.Words, values)
	return m
}

func greys(m *Image, r Range) []uint8 {
	img := m.RGB(r)
	out := make([]uint8, 0, len(img.Pix)/3)
	for p := img.Pix; len(p) > 0; p = p[3:] {
		out = append(out, p[0])
	}
	return out
}

func TestRGB(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	floats := NewFloats(6, 1, 1, [2]float64{0, 1})
	copy(floats.Floats, []float32{-1, 0, 0.5, 2, nan, inf})
	missing := words(3, 0, 100, 65535)
	missing.Missing = 100
	signed := NewFloats(4, 1, 1, [2]float64{-32768, 32767})
	copy(signed.Floats, []float32{-32768, -1024, 1024, 32767})
	for name, c := range map[string]struct {
		img  *Image
		r    Range
		want []uint8
	}{
		"the high bits of 16":    {words(4, 0, 255, 256, 65535), Range{}, []uint8{0, 0, 1, 255}},
		"12 bits in 16":          {words(4, 0, 2048, 4095, 5000), Uniform(0, 4095), []uint8{0, 128, 255, 255}},
		"below and above":        {words(3, 10, 20, 30), Uniform(12, 28), []uint8{0, 128, 255}},
		"floats by type":         {floats, Range{}, []uint8{0, 0, 128, 255, 0, 0}},
		"floats by range":        {floats, Uniform(-1, 2), []uint8{0, 85, 128, 255, 0, 0}},
		"no data":                {missing, Uniform(0, 200), []uint8{0, 0, 255}},
		"signed by type":         {signed, Range{}, []uint8{0, 124, 131, 255}},
		"signed, a window of CT": {signed, Uniform(-1024, 1024), []uint8{0, 0, 255, 255}},
		"words of 12 bits, whole": {&Image{
			Width: 2, Height: 1, Channels: 1, Words: []uint16{16, 4095},
			Span: [2]float64{0, 4095}, Missing: math.NaN(),
		}, Range{}, []uint8{1, 255}},
	} {
		if got := greys(c.img, c.r); !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestChannels: every channel has its own range.
func TestChannels(t *testing.T) {
	m := NewWords(1, 1, 3, 16)
	copy(m.Words, []uint16{50, 50, 50})
	if got := m.RGB(Range{{0, 100}, {0, 50}, {40, 60}}).Pix; !bytes.Equal(got, []uint8{128, 255, 128}) {
		t.Errorf("got %v", got)
	}
}

// TestOrder: a larger value never becomes darker.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low")
		r := Uniform(low, low+rapid.Float64Range(1e-3, 1e6).Draw(t, "width"))
		m := NewFloats(2, 1, 1, [2]float64{0, 1})
		a, b := rapid.Float32Range(-3e6, 3e6).Draw(t, "a"), rapid.Float32Range(-3e6, 3e6).Draw(t, "b")
		m.Floats[0], m.Floats[1] = min(a, b), max(a, b)
		if got := greys(m, r); got[0] > got[1] {
			t.Fatalf("%v became %v with %v", m.Floats, got, r)
		}
	})
}

func TestQuantiles(t *testing.T) {
	values := make([]float64, 10001)
	for i := range values {
		values[i] = float64((i * 7919) % 10001)
	}
	values[5], values[6] = 1e30, -1e30 // hot pixels
	if got, ok := Quantiles(values); !ok || math.Abs(got[0]-10) > 2 || math.Abs(got[1]-9990) > 2 {
		t.Errorf("got %v, %v", got, ok)
	}
	if got, ok := Quantiles(slices.Repeat([]float64{7}, 10)); !ok || got != [2]float64{7, 8} {
		t.Errorf("a constant: got %v, %v", got, ok)
	}
	if got, _ := Quantiles([]float64{1e300, 1e300}); Uniform(got[0], got[1]).Validate() != nil {
		t.Errorf("a large constant: got %v", got)
	}
	sparse := append(make([]float64, 5000), 3)
	if got, _ := Quantiles(sparse); got != [2]float64{0, 3} {
		t.Errorf("one bright pixel on black: got %v", got)
	}
	if _, ok := Quantiles(nil); ok {
		t.Error("no values have a range")
	}
}

// TestSample: the values of a part of an image are spread over rows and columns, and no data is not
// among them.
func TestSample(t *testing.T) {
	const side = 256
	m := NewFloats(side, side, 1, [2]float64{0, 1})
	for i := range m.Floats {
		m.Floats[i] = float32(i%side) / side
	}
	m.Floats[0] = float32(math.NaN())
	got := m.Sample(0, 1000)
	if len(got) != 999 {
		t.Errorf("%d values", len(got))
	}
	ends, _ := Quantiles(got)
	if ends[0] > 0.02 || ends[1] < 0.98 {
		t.Errorf("a gradient over the columns is sampled as %v", ends)
	}
}

func TestChoice(t *testing.T) {
	for text, want := range map[string]Choice{
		"type": {}, "auto": {Word: Auto}, "channels": {Word: Channels}, "[0, 4095]": Given(Uniform(0, 4095)),
		"[-1024,3071.5]":                       Given(Uniform(-1024, 3071.5)),
		"[[0, 1], [0, 2], [-1e3, 3]]":          Given(Range{{0, 1}, {0, 2}, {-1000, 3}}),
		" [ [0, 1] , [0, 2] , [0, 3] ]  ":      Given(Range{{0, 1}, {0, 2}, {0, 3}}),
		"[1.4012985e-30, 3.4028234663852e+38]": Given(Uniform(1.4012985e-30, 3.4028234663852e+38)),
	} {
		var got, again Choice
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
		written, _ := got.MarshalText()
		if err := again.UnmarshalText(written); err != nil || again != got {
			t.Errorf("%s: written as %s, read as %v, %v", text, written, again, err)
		}
	}
	for _, text := range []string{
		"", "Auto", "[]", "[1]", "[0, 0]", "[2, 1]", "[0, 1, 2]", "[[0, 1], [0, 2]]", "[a, b]", "[0, .inf]", "0, 1",
		"[0, 1] x",
	} {
		var c Choice
		if err := c.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: accepted as %v", text, c)
		}
	}
}
