package augment

// Grayscale puts the luma of each pixel into all three channels.
type Grayscale struct{}

func (Grayscale) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	for i := 0; i+channels <= len(src.Pix); i += channels {
		p := src.Pix[i : i+channels : i+channels]
		v := luma(p[0], p[1], p[2])
		q := dst.Pix[i : i+channels : i+channels]
		q[0], q[1], q[2] = v, v, v
	}
	return dst
}
