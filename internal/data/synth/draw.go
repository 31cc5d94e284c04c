package synth

import "image"

// samplesAcross is how many points are sampled along each side of a pixel.
const samplesAcross = 3

// grain is the standard deviation of the noise that every pixel carries.
const grain = 0.03

// Draw returns the index-th image of a class, size × size opaque pixels. The
// image is a function of the arguments alone. The size changes its resolution
// but not what it shows, except for the grain.
func Draw(seed uint64, class, index, size int) *image.NRGBA {
	rng := newRand(seed, class, index)
	s := newScene(rng, &classes[class])
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			noise := grain * rng.NormFloat64()
			img.SetNRGBA(x, y, s.pixel(x, y, size).add(rgb{noise, noise, noise}).pixel())
		}
	}
	return img
}

// pixel is the colour of pixel (x, y) of a size × size canvas: objects are
// averaged over the pixel, what varies slowly is taken at its centre.
func (s *scene) pixel(x, y, size int) rgb {
	width := 1 / float64(size)
	left, top := float64(x)*width, float64(y)*width
	centreX, centreY := left+width/2, top+width/2
	behind := s.background.at(centreX, centreY)
	objects := s.near(centreX, centreY, width)
	if len(objects) == 0 {
		return behind.scale(s.light.at(centreX, centreY))
	}
	var sum rgb
	for j := range samplesAcross {
		for i := range samplesAcross {
			dx := (float64(i) + 0.5) / samplesAcross * width
			dy := (float64(j) + 0.5) / samplesAcross * width
			sum = sum.add(foremost(objects, left+dx, top+dy, behind))
		}
	}
	return sum.scale(s.light.at(centreX, centreY) / (samplesAcross * samplesAcross))
}

// foremost is the colour of the first object that covers (x, y), or behind.
func foremost(objects []*object, x, y float64, behind rgb) rgb {
	for _, o := range objects {
		if c, covered := o.at(x, y); covered {
			return c
		}
	}
	return behind
}
