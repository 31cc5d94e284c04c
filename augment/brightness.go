package augment

// Brightness blends the image with black: 0 is black, 1 changes nothing, 2 is
// twice as bright.
type Brightness struct {
	Factor float64
}

func (op Brightness) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	blendAll(dst.Pix, src.Pix, 0, float32(op.Factor))
	return dst
}
