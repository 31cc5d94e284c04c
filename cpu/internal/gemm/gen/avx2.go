package main

// avx2 writes kernels with sums in Y0 to Y11, B in Y12 and Y13, an element of A in Y14 and the mask
// in Y15.
func avx2(f *file) {
	const firstB = 12
	last := func(v, vecs int) bool { return v == vecs-1 }
	f.maskTable()
	x := &vectors{
		prefix: "tileF32AVX2x", rows: 6, vecs: 2, bytes: 32,
		zero: func(f *file, acc int) { f.op("VXORPS Y%d, Y%d, Y%d", acc, acc, acc) },
		loadB: func(f *file, v, vecs int, address string) {
			if last(v, vecs) {
				f.op("VMASKMOVPS %s, Y15, Y%d", address, firstB+v)
			} else {
				f.op("VMOVUPS %s, Y%d", address, firstB+v)
			}
		},
		addB:       func(f *file, v, acc int) { f.op("VADDPS Y%d, Y%d, Y%d", firstB+v, acc, acc) },
		broadcastA: func(f *file, row address) { f.op("VBROADCASTSS %s, Y14", row) },
		multiply: func(f *file, _ address, v, acc int) {
			f.op("VFMADD231PS Y14, Y%d, Y%d", firstB+v, acc)
		},
		addC: func(f *file, v, vecs, acc int, address string) {
			if last(v, vecs) {
				f.op("VMASKMOVPS %s, Y15, Y14", address)
				f.op("VADDPS Y14, Y%d, Y%d", acc, acc)
			} else {
				f.op("VADDPS %s, Y%d, Y%d", address, acc, acc)
			}
		},
		storeC: func(f *file, v, vecs, acc int, address string) {
			if last(v, vecs) {
				f.op("VMASKMOVPS Y%d, Y15, %s", acc, address)
			} else {
				f.op("VMOVUPS Y%d, %s", acc, address)
			}
		},
		mask: func(f *file) {
			f.op("SHLQ $2, AX")
			f.op("LEAQ lanes<>+32(SB), CX")
			f.op("SUBQ AX, CX")
			f.op("VMOVUPS (CX), Y15")
		},
		fullMask: func(f *file) { f.op("VMOVUPS lanes<>+0(SB), Y15") },
	}
	x.kernels(f, "tilesF32AVX2")
}

// maskTable writes eight words of ones and eight of zeros: the mask of n lanes begins n words
// before the zeros.
func (f *file) maskTable() {
	f.p("\n// lanes holds eight words of ones and eight of zeros: the mask of n lanes begins n words before the zeros.")
	for i := range 8 {
		f.p("DATA lanes<>+%d(SB)/4, $0xffffffff", 4*i)
	}
	for i := range 8 {
		f.p("DATA lanes<>+%d(SB)/4, $0", 32+4*i)
	}
	f.p("GLOBL lanes<>(SB), RODATA|NOPTR, $64")
}
