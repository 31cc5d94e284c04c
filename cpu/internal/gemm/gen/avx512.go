package main

// zmm has the parts of the AVX-512 kernels that do not depend on the type of the elements: sums in
// Z0 to Z23, B in Z29 to Z31.
func zmm(prefix string, multiply func(f *file, row address, v, acc int)) *vectors {
	const firstB = 29
	last := func(v, vecs int) bool { return v == vecs-1 }
	return &vectors{
		prefix: prefix, rows: 8, vecs: 3, bytes: 64,
		zero: func(f *file, acc int) { f.op("VPXORD Z%d, Z%d, Z%d", acc, acc, acc) },
		loadB: func(f *file, v, vecs int, address string) {
			if last(v, vecs) {
				f.op("VMOVUPS.Z %s, K1, Z%d", address, firstB+v)
			} else {
				f.op("VMOVUPS %s, Z%d", address, firstB+v)
			}
		},
		addB:       func(f *file, v, acc int) { f.op("VADDPS Z%d, Z%d, Z%d", firstB+v, acc, acc) },
		broadcastA: func(*file, address) {},
		multiply:   func(f *file, row address, v, acc int) { multiply(f, row, firstB+v, acc) },
		addC: func(f *file, v, vecs, acc int, address string) {
			if last(v, vecs) {
				f.op("VADDPS %s, Z%d, K1, Z%d", address, acc, acc)
			} else {
				f.op("VADDPS %s, Z%d, Z%d", address, acc, acc)
			}
		},
		storeC: func(f *file, v, vecs, acc int, address string) {
			if last(v, vecs) {
				f.op("VMOVUPS Z%d, K1, %s", acc, address)
			} else {
				f.op("VMOVUPS Z%d, %s", acc, address)
			}
		},
		mask: func(f *file) {
			f.op("MOVQ $-1, CX")
			f.op("BZHIQ AX, CX, CX")
			f.op("KMOVW CX, K1")
		},
		fullMask: func(f *file) { f.op("KXNORW K1, K1, K1") },
	}
}

func avx512(f *file) {
	zmm("tileF32AVX512x", func(f *file, row address, b, acc int) {
		f.op("VFMADD231PS.BCST %s, Z%d, Z%d", row, b, acc)
	}).kernels(f, "tilesF32AVX512")
	f.copyLines()
}

// evexBroadcast encodes VDPBF16PS (EVEX.512.F3.0F38.W0 52 /r) with a broadcast memory operand,
// which Go's assembler does not know.
func evexBroadcast(row address, b, acc int) []byte {
	const opcode = 0x52
	base, index := gpr[row.base], 4 // 4 in the index field: none
	if row.scale != 0 {
		index = gpr[row.index]
	}
	bit := func(v, n int) byte { return byte(v>>n) & 1 }
	not := func(v byte) byte { return v ^ 1 }
	p0 := not(bit(acc, 3))<<7 | not(bit(index, 3))<<6 | not(bit(base, 3))<<5 | not(bit(acc, 4))<<4 | 2 // map 0F38
	p1 := byte(^b&15)<<3 | 1<<2 | 2                                                                    // prefix F3
	p2 := byte(2)<<5 | 1<<4 | not(bit(b,
		4))<<3 // 512 bits, broadcast
	scale := map[int]byte{0: 0, 1: 0, 2: 1}[row.scale]
	modrm := byte(0b01)<<6 | byte(acc&7)<<3 | 0b100 // displacement of 8 bits, SIB follows
	sib := scale<<6 | byte(index&7)<<3 | byte(base&7)
	return []byte{0x62, p0, p1, p2, opcode, modrm, sib, 0}
}

// gpr numbers the general registers as instructions do.
var gpr = map[string]int{
	"AX": 0, "CX": 1, "DX": 2, "BX": 3, "SP": 4, "BP": 5, "SI": 6, "DI": 7,
	"R8": 8, "R9": 9, "R10": 10, "R11": 11, "R12": 12, "R13": 13, "R14": 14, "R15": 15,
}

func avx512BF16(f *file) {
	x := zmm("tileBF16AVX512x", func(f *file, row address, b, acc int) {
		code := evexBroadcast(row, b, acc)
		f.op("LONG $0x%02x%02x%02x%02x; LONG $0x%02x%02x%02x%02x // VDPBF16PS.BCST %s, Z%d, Z%d",
			code[3], code[2], code[1], code[0], code[7], code[6], code[5], code[4], row, b, acc)
	})
	x.narrow = func(f *file, v, vecs, acc int, address string) {
		code := evexRound(acc)
		f.op("LONG $0x%02x%02x%02x%02x; WORD $0x%02x%02x // VCVTNEPS2BF16 Z%d, Y%d", code[3], code[2], code[1], code[0],
			code[5], code[4], acc, acc)
		if v == vecs-1 {
			f.op("VMOVDQU16 Y%d, K1, %s", acc, address)
		} else {
			f.op("VMOVDQU16 Y%d, %s", acc, address)
		}
	}
	x.kernels(f, "tilesBF16AVX512")
	f.interleaveLines()
}

// evexRound encodes VCVTNEPS2BF16 (EVEX.512.F3.0F38.W0 72 /r) from a register to its own lower
// half.
func evexRound(r int) []byte {
	high := func(n int) byte { return byte(r>>n)&1 ^ 1 }
	p0 := high(3)<<7 | high(4)<<6 | high(3)<<5 | high(4)<<4 | 2
	return []byte{0x62, p0, 0x7e, 0x48, 0x72, 0xc0 | byte(r&7)<<3 | byte(r&7)}
}
