package augment

// table maps each sample value to another one.
type table [256]uint8

// apply replaces every sample of src by its entry.
func (t *table) apply(s *Scratch, src *Image) *Image {
	dst := s.inPlace(src)
	out := dst.Pix[:len(src.Pix)]
	for i, v := range src.Pix {
		out[i] = t[v]
	}
	return dst
}
