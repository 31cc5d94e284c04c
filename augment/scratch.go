package augment

// Scratch is the working memory of the operations. A worker keeps one and
// allocates nothing once its buffers have grown to the largest image. The zero
// value is ready; a Scratch must not be used by two goroutines at a time.
type Scratch struct {
	images  [2]Image  // results of operations
	between []uint8   // rows resampled in one direction only
	columns resampler // weights of the last horizontal resampling
	rows    resampler // and of the last vertical one
	offsets []int     // where the taps of a filter lie
	line    []uint8   // one row, widened at both ends
	next    []uint8   // the same after one more pass
	floats  []float32 // one row of a float filter, widened at both ends
	weights []float32 // taps of a float filter
}

// Apply runs the operations on img, in order, and returns the result, which is
// valid until s is used again. img stays as it is, and is itself the result
// where there is no operation.
func (s *Scratch) Apply(img *Image, ops ...Op) *Image {
	for _, op := range ops {
		img = op.apply(s, img)
	}
	return img
}

// inPlace returns the image that takes the result of an operation which turns
// each sample into one: src itself if it belongs to s, else another of its size.
func (s *Scratch) inPlace(src *Image) *Image {
	if src == &s.images[0] || src == &s.images[1] {
		return src
	}
	return s.other(src, src.Width, src.Height)
}

// other returns an image of s that is not src.
func (s *Scratch) other(src *Image, width, height int) *Image {
	dst := &s.images[0]
	if src == dst {
		dst = &s.images[1]
	}
	dst.resize(width, height)
	return dst
}

// grow returns a slice of n elements, b's memory where that suffices. The
// elements are uninitialised.
func grow[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}
