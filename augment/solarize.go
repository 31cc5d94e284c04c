package augment

// Solarize turns the values from Threshold on into 255 − value.
type Solarize struct {
	Threshold int
}

func (op Solarize) apply(s *Scratch, src *Image) *Image {
	var t table
	for v := range t {
		t[v] = uint8(v)
		if v >= op.Threshold {
			t[v] = uint8(255 - v)
		}
	}
	return t.apply(s, src)
}
