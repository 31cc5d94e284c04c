package augment

// Grayscale puts the luma of each pixel into all three channels.
type Grayscale struct{}

func (Grayscale) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	gray(dst.Pix, src.Pix)
	return dst
}

// gray replaces the samples of every pixel of src by its luma; dst may be src.
func gray(dst, src []uint8) {
	for i := grayVector(dst, src); i+channels <= len(src); i += channels {
		p := src[i : i+channels : i+channels]
		v := luma(p[0], p[1], p[2])
		q := dst[i : i+channels : i+channels]
		q[0], q[1], q[2] = v, v, v
	}
}
