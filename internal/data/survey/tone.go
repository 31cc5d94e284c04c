package survey

import (
	"math"

	"github.com/dino-go/dino/augment"
)

// Tone is how the pixels of an image are spread over grey levels, as the network gets them: after
// the conversion to 8-bit RGB.
type Tone struct {
	Levels    int     // different grey levels, 1 to 256
	Low, High uint8   // the levels that a hundredth of the pixels are at most, and at least
	Contrast  float64 // standard deviation of the grey levels, or of a colour if that is larger; 0 to 127.5
}

// toneOf counts the grey levels of all pixels.
func toneOf(img *augment.Image) Tone {
	var histogram [256]int
	for p := img.Pix; len(p) >= 3; p = p[3:] {
		histogram[grey(p[0], p[1], p[2])]++
	}
	n := img.Width * img.Height
	t := Tone{Low: quantile(&histogram, n/100), High: quantile(&histogram, n-1-n/100)}
	var sum, squares float64
	for level, count := range histogram {
		if count > 0 {
			t.Levels++
		}
		sum += float64(count * level)
		squares += float64(count * level * level)
	}
	t.Contrast = deviation(sum, squares, n)
	return t
}

// grey is the luma of a colour, ITU-R 601.
func grey(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// quantile is the level of the pixel of a rank, counted from the darkest.
func quantile(histogram *[256]int, rank int) uint8 {
	for level, count := range histogram {
		if rank < count {
			return uint8(level)
		}
		rank -= count
	}
	return 255
}

// contrastOfColours is the largest standard deviation of red, green or blue: patterns may differ in
// colour alone.
func contrastOfColours(img *augment.Image) float64 {
	largest := 0.
	for c := range 3 {
		var sum, squares float64
		for i := c; i < len(img.Pix); i += 3 {
			v := float64(img.Pix[i])
			sum, squares = sum+v, squares+v*v
		}
		largest = max(largest, deviation(sum, squares, img.Width*img.Height))
	}
	return largest
}

func deviation(sum, squares float64, n int) float64 {
	mean := sum / float64(n)
	return math.Sqrt(max(0, squares/float64(n)-mean*mean))
}
