package augment

// nearest resizes src to width × height without mixing pixels, and returns the window.
func (s *Scratch) nearest(src *Image, width, height int, window Box, a Arithmetic) *Image {
	pick := nearestOfPillow
	if a == OverTensors {
		pick = nearestOfTensor
	}
	rows, columns := pick(src.Height, height), pick(src.Width, width)
	dst := s.other(src, window.Width, window.Height)
	for y := range window.Height {
		from, to := src.row(rows[y+window.Top]), dst.row(y)
		for x := range window.Width {
			copy(to[channels*x:channels*x+channels], from[channels*columns[x+window.Left]:])
		}
	}
	return dst
}

// nearestOfPillow is the input of every output: the one that its centre lies in, where centres are
// added up (Pillow, Geometry.c).
func nearestOfPillow(in, out int) []int {
	picks, scale := make([]int, out), float64(in)/float64(out)
	at := float64(scale * 0.5)
	for i := range picks {
		picks[i] = min(int(at), in-1)
		at += scale
	}
	return picks
}

// nearestOfTensor is the input of every output: ⌊(i + ½)·in/out⌋ in float32 (torch's mode
// "nearest-exact").
func nearestOfTensor(in, out int) []int {
	picks, scale := make([]int, out), float32(in)/float32(out)
	for i := range picks {
		picks[i] = min(int(float32((float32(i)+0.5)*scale)), in-1)
	}
	return picks
}
