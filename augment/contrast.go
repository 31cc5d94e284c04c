package augment

// Contrast blends the image with one grey, the rounded mean of its luma: 0 is
// that grey, 1 changes nothing.
type Contrast struct {
	Factor float64
}

func (op Contrast) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	blendAll(dst.Pix, src.Pix, meanLuma(src.Pix), float32(op.Factor))
	return dst
}
