package augment

// Solarize turns the values from Threshold on into 255 − value.
type Solarize struct {
	Threshold int // 0 … 255
}

func (op Solarize) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	solarize(dst.Pix, src.Pix, uint8(op.Threshold))
	return dst
}

// solarize inverts the bright samples of src; dst may be src.
func solarize(dst, src []uint8, threshold uint8) {
	for i := solarizeVector(dst, src, threshold); i < len(src); i++ {
		v := src[i]
		if v >= threshold {
			v = 255 - v
		}
		dst[i] = v
	}
}
