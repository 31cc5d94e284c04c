package augment

// luma returns the grey value of a colour, ITU-R 601 in 16-bit fixed point:
//
//	(19595·R + 38470·G + 7471·B + 2¹⁵) >> 16
func luma(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// meanLuma returns ⌊mean luma of the pixels + ½⌋.
func meanLuma(pix []uint8) uint8 {
	sum, done := sumLumaVector(pix)
	for i := done; i+channels <= len(pix); i += channels {
		p := pix[i : i+channels : i+channels]
		sum += int(luma(p[0], p[1], p[2]))
	}
	n := len(pix) / channels
	return uint8((2*sum + n) / (2 * n))
}
