package augment

import "fmt"

// Normalizer turns 8-bit samples into floats, per channel (v/255 − mean)/std,
// each step rounded to float32.
type Normalizer struct {
	value [channels][256]float32
}

// NewNormalizer returns the normaliser for a mean and a standard deviation per
// channel, on the scale where white is 1. It panics if a deviation is 0.
func NewNormalizer(mean, std [3]float64) *Normalizer {
	n := new(Normalizer)
	for c := range n.value {
		if std[c] == 0 {
			panic(fmt.Sprintf("augment: the standard deviation of channel %d is 0", c))
		}
		for v := range n.value[c] {
			n.value[c][v] = (float32(v)/255 - float32(mean[c])) / float32(std[c])
		}
	}
	return n
}

// Into writes the normalised image to dst, all of red before green before blue:
// [3, Height, Width]. It panics unless dst has 3·Height·Width elements.
func (n *Normalizer) Into(dst []float32, img *Image) {
	size := img.Width * img.Height
	if len(dst) != channels*size {
		panic(fmt.Sprintf("augment: %d floats for an image of %d×%d pixels, want %d", len(dst), img.Width, img.Height,
			channels*size))
	}
	red, green, blue := dst[:size], dst[size:2*size], dst[2*size:]
	green, blue = green[:len(red)], blue[:len(red)]
	pix := img.Pix
	for i := range red {
		p := pix[channels*i : channels*i+channels : channels*i+channels]
		red[i], green[i], blue[i] = n.value[0][p[0]], n.value[1][p[1]], n.value[2][p[2]]
	}
}
