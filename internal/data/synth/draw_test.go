package synth

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestDrawIsAFunctionOfItsArguments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, class := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, len(classes)-1).Draw(t, "class")
		index, size := rapid.IntRange(0, 1<<20).Draw(t, "index"), rapid.IntRange(MinSize, 40).Draw(t, "size")
		img := Draw(seed, class, index, size)
		if !bytes.Equal(img.Pix, Draw(seed, class, index, size).Pix) {
			t.Fatal("two drawings differ")
		}
		if img.Bounds().Dx() != size || img.Bounds().Dy() != size || !img.Opaque() {
			t.Fatalf("bounds %v, opaque %v: want %d×%d, opaque", img.Bounds(), img.Opaque(), size, size)
		}
		for name, other := range map[string][]uint8{
			"seed":  Draw(seed+1, class, index, size).Pix,
			"class": Draw(seed, (class+1)%len(classes), index, size).Pix,
			"index": Draw(seed, class, index+1, size).Pix,
		} {
			if meanDifference(img.Pix, other) < 5 {
				t.Fatalf("another %s gives nearly the same picture", name)
			}
		}
	})
}

// Sixteen pixels of a drawing four times as fine average to about one.
func TestSizeIsResolution(t *testing.T) {
	const size, times = 32, 4
	for class := range classes {
		coarse, fine := Draw(7, class, 3, size), Draw(7, class, 3, size*times)
		shrunk := make([]uint8, len(coarse.Pix))
		for i := range shrunk {
			x, y, channel := i/4%size, i/4/size, i%4
			sum := 0
			for j := range times * times {
				sum += int(fine.Pix[fine.PixOffset(x*times+j%times, y*times+j/times)+channel])
			}
			shrunk[i] = uint8(sum / (times * times))
		}
		if d := meanDifference(coarse.Pix, shrunk); d > 12 {
			t.Errorf("%s: mean difference of a coarse and a shrunk fine drawing is %.1f levels, want at most 12",
				classes[class].Name, d)
		}
	}
}

// pixel leaves out objects that are out of reach; all objects give the same.
func TestPixelEqualsAllObjects(t *testing.T) {
	const size = 24
	for class := range classes {
		s := newScene(newRand(5, class, 0), &classes[class])
		var all []*object
		for i := range s.objects {
			all = append(all, &s.objects[i])
		}
		for i := range size * size {
			x, y := i%size, i/size
			cx, cy := (float64(x)+0.5)/size, (float64(y)+0.5)/size
			var want rgb
			for j := range samplesAcross * samplesAcross {
				sx := (float64(x) + (float64(j%samplesAcross)+0.5)/samplesAcross) / size
				sy := (float64(y) + (float64(j/samplesAcross)+0.5)/samplesAcross) / size
				want = want.add(foremost(all, sx, sy, s.background.at(cx, cy)))
			}
			want = want.scale(s.light.at(cx, cy) / (samplesAcross * samplesAcross))
			got := s.pixel(x, y, size)
			if d := math.Abs(got.r-want.r) + math.Abs(got.g-want.g) + math.Abs(got.b-want.b); d > 1e-9 {
				t.Fatalf("%s: pixel (%d, %d) is %v, want %v", classes[class].Name, x, y, got, want)
			}
		}
	}
}

func meanDifference(a, b []uint8) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

func BenchmarkDraw(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		Draw(0, i%len(classes), i, 64)
	}
}
