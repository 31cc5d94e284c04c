package imageio

// shrunkFrom is the size in pixels from which images are shrunk while they are decoded, where a
// smaller one is enough: smaller ones are read as they are, to the bit.
const shrunkFrom = 16 << 20

// mostShrunk is how many times smaller an image becomes at most: what a block of a JPEG allows.
const mostShrunk = 8

// shrink is how many times smaller both sides of an image become while it is decoded: 1, 2, 4 or 8.
func (r Reading) shrink(width, height int) int {
	n := 1
	fits := func(n int) bool { return r.MostBytes <= 0 || 3*int64(width/n)*int64(height/n) <= r.MostBytes }
	enough := func(n int) bool {
		return r.Enough > 0 && width > shrunkFrom/height && min(width, height)/n >= 2*r.Enough
	}
	for n < mostShrunk && (!fits(n) || enough(2*n)) {
		n *= 2
	}
	return n
}

// Cost is about how many bytes decoding a file of this header takes at the peak.
func (r Reading) Cost(h Header) int64 {
	pixels := int64(h.Width) * int64(h.Height)
	out := 3 * pixels
	switch h.Format {
	case "jpeg", "png":
		n := int64(r.shrink(h.Width, h.Height))
		out /= n * n
		if h.Format == "jpeg" {
			out *= 2 // planes
		}
	default:
		out *= 2
	}
	if h.Bits > 8 || h.Float || h.Signed {
		sample := int64(4)
		if h.Bits <= 16 && !h.Float && !h.Signed {
			sample = 2
		}
		out = 3*pixels + sample*pixels*int64(min(max(h.Channels, 1), 3))
	}
	return out
}
