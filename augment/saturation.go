package augment

// Saturation blends each pixel with its luma: 0 is a grey image, 1 changes
// nothing.
type Saturation struct {
	Factor float64
}

func (op Saturation) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	saturate(dst.Pix, src.Pix, float32(op.Factor))
	return dst
}

// saturate blends every pixel of src with its luma; dst may be src.
func saturate(dst, src []uint8, factor float32) {
	for i := saturateVector(dst, src, factor); i+channels <= len(src); i += channels {
		p := src[i : i+channels : i+channels]
		r, g, b := p[0], p[1], p[2]
		d := luma(r, g, b)
		q := dst[i : i+channels : i+channels]
		q[0], q[1], q[2] = blend(d, r, factor), blend(d, g, factor), blend(d, b, factor)
	}
}
