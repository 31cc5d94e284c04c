package jpeg

// Constants of the transform in units of 2^−13: products of √2 and cosines, after Loeffler,
// Ligtenberg and Moschytz.
const (
	f0298 = 2446
	f0390 = 3196
	f0541 = 4433
	f0765 = 6270
	f0899 = 7373
	f1175 = 9633
	f1501 = 12299
	f1847 = 15137
	f1961 = 16069
	f2053 = 16819
	f2562 = 20995
	f3072 = 25172
)

// Bits of fraction of the constants, and those that columns keep.
const (
	fraction = 13
	kept     = 2
)

// inverse writes the samples of a block: the inverse cosine transform of its coefficients times the
// table of quantisation, which is in zigzag order, plus 128.
func inverse(to []uint8, stride int, c *[64]int16, table *[64]int32) {
	var work [64]int32
	for k, q := range table {
		work[zigzag[k]] = int32(c[zigzag[k]]) * q
	}
	for x := range 8 {
		column(work[x:])
	}
	const half = 1 << (fraction + kept + 2)
	for y := range 8 {
		out := to[y*stride:][:8]
		row(work[8*y:], (*[8]uint8)(out), half)
	}
}

// odd and even parts of eight numbers; the results are sums and differences of both.
func parts(i0, i1, i2, i3, i4, i5, i6, i7 int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	z := (i2 + i6) * f0541
	t2, t3 := z-i6*f1847, z+i2*f0765
	t0, t1 := (i0+i4)<<fraction, (i0-i4)<<fraction
	e0, e3, e1, e2 = t0+t3, t0-t3, t1+t2, t1-t2
	z1, z2, z3, z4 := -(i7+i1)*f0899, -(i5+i3)*f2562, i7+i3, i5+i1
	z5 := (z3 + z4) * f1175
	z3, z4 = z5-z3*f1961, z5-z4*f0390
	return e0, e1, e2, e3, i1*f1501 + z1 + z4, i3*f3072 + z2 + z3, i5*f2053 + z2 + z4, i7*f0298 + z1 + z3
}

func column(w []int32) {
	if w[8]|w[16]|w[24]|w[32]|w[40]|w[48]|w[56] == 0 {
		dc := w[0] << kept
		for y := range 8 {
			w[8*y] = dc
		}
		return
	}
	e0, e1, e2, e3, o0, o1, o2, o3 := parts(w[0], w[8], w[16], w[24], w[32], w[40], w[48], w[56])
	const shift, half = fraction - kept, 1 << (fraction - kept - 1)
	w[0], w[56] = (e0+o0+half)>>shift, (e0-o0+half)>>shift
	w[8], w[48] = (e1+o1+half)>>shift, (e1-o1+half)>>shift
	w[16], w[40] = (e2+o2+half)>>shift, (e2-o2+half)>>shift
	w[24], w[32] = (e3+o3+half)>>shift, (e3-o3+half)>>shift
}

func row(w []int32, out *[8]uint8, half int32) {
	const shift = fraction + kept + 3
	e0, e1, e2, e3, o0, o1, o2, o3 := parts(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
	out[0], out[7] = level((e0+o0+half)>>shift), level((e0-o0+half)>>shift)
	out[1], out[6] = level((e1+o1+half)>>shift), level((e1-o1+half)>>shift)
	out[2], out[5] = level((e2+o2+half)>>shift), level((e2-o2+half)>>shift)
	out[3], out[4] = level((e3+o3+half)>>shift), level((e3-o3+half)>>shift)
}

func level(v int32) uint8 { return uint8(min(max(v+128, 0), 255)) }
