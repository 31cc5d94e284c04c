package augment

// HFlip mirrors the image left to right.
type HFlip struct{}

func (HFlip) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	for y := range src.Height {
		mirror(dst.row(y), src.row(y))
	}
	return dst
}

// mirror writes the pixels of src in reverse order; dst may be src.
func mirror(dst, src []uint8) {
	for i, j := 0, len(src)-channels; i <= j; i, j = i+channels, j-channels {
		a, b := src[i:i+channels:i+channels], src[j:j+channels:j+channels]
		a0, a1, a2 := a[0], a[1], a[2]
		b0, b1, b2 := b[0], b[1], b[2]
		c, d := dst[i:i+channels:i+channels], dst[j:j+channels:j+channels]
		c[0], c[1], c[2] = b0, b1, b2
		d[0], d[1], d[2] = a0, a1, a2
	}
}
