package main

// zmm has the parts of the AVX-512 kernels that do not depend on the type of the elements: sums in Z0 to Z23, B in Z29 to Z31.
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
	f.transposeLines()
}

// Offsets of the fields of gemm.lines.
const (
	linesDst      = 0
	linesDstDepth = 8
	linesSrc      = 16
	linesSrcStep  = 24
	linesLines    = 32
	linesDepth    = 40
)

// copyLines writes the loop that packs up to 16 lines that are adjacent in memory: at each depth it copies one vector.
func (f *file) copyLines() {
	f.function("copyLinesAVX512 packs lines that are adjacent in memory.", "copyLinesAVX512", "lines")
	f.linesPrologue()
	f.op("MOVQ $-1, CX")
	f.op("BZHIQ R9, CX, CX")
	f.op("KMOVW CX, K1")
	f.p("depth:")
	f.op("VMOVUPS.Z (SI), K1, Z0")
	f.op("VMOVUPS Z0, (DX)")
	f.op("ADDQ R8, SI")
	f.op("ADDQ R10, DX")
	f.op("DECQ R11")
	f.op("JNZ depth")
	f.op("VZEROUPPER")
	f.op("RET")
}

// linesPrologue loads the fields: DX dst, R10 its stride, SI src, R8 its stride, R9 the number of lines, R11 the depth.
func (f *file) linesPrologue() {
	f.op("MOVQ args+0(FP), DI")
	f.op("MOVQ %d(DI), DX", linesDst)
	f.op("MOVQ %d(DI), R10", linesDstDepth)
	f.op("MOVQ %d(DI), SI", linesSrc)
	f.op("MOVQ %d(DI), R8", linesSrcStep)
	f.op("MOVQ %d(DI), R9", linesLines)
	f.op("MOVQ %d(DI), R11", linesDepth)
}

// transposeLines writes the loop that packs up to 16 lines whose depths are adjacent in memory: it transposes blocks of 16 by 16 units of
// 32 bits in registers.
func (f *file) transposeLines() {
	f.function("transposeLinesAVX512 packs lines whose depths are adjacent in memory.", "transposeLinesAVX512", "lines")
	f.linesPrologue()
	f.p("block:")
	f.op("MOVQ $-1, CX")
	f.op("BZHIQ R11, CX, CX") // takes the low eight bits of R11, so it must be below 256
	f.op("CMPQ R11, $16")
	f.op("JLT tail")
	f.op("MOVQ $-1, CX")
	f.p("tail:")
	f.op("KMOVW CX, K1")
	for i := range 16 {
		f.op("VPXORD Z%d, Z%d, Z%d", i, i, i)
	}
	f.op("MOVQ SI, AX")
	for i := range 16 {
		if i > 0 {
			f.op("CMPQ R9, $%d", i)
			f.op("JLE loaded")
			f.op("ADDQ R8, AX")
		}
		f.op("VMOVDQU32.Z (AX), K1, Z%d", i)
	}
	f.p("loaded:")
	f.transposeRegisters()
	for i := range 16 {
		f.op("VMOVDQU32 Z%d, (DX)", i)
		f.op("ADDQ R10, DX")
		if i < 15 {
			f.op("CMPQ R11, $%d", i+1)
			f.op("JE done")
		}
	}
	f.op("ADDQ $64, SI")
	f.op("SUBQ $16, R11")
	f.op("JNZ block")
	f.p("done:")
	f.op("VZEROUPPER")
	f.op("RET")
}

// transposeRegisters transposes the 16 by 16 units in Z0 to Z15 by way of Z16 to Z31: pairs of 32 bits, then of 64, then two rounds of quarters.
func (f *file) transposeRegisters() {
	const t = 16
	for i := 0; i < 16; i += 2 {
		f.op("VPUNPCKLDQ Z%d, Z%d, Z%d", i+1, i, t+i)
		f.op("VPUNPCKHDQ Z%d, Z%d, Z%d", i+1, i, t+i+1)
	}
	for i := 0; i < 16; i += 4 { // column c of each quarter in register i+c
		f.op("VPUNPCKLQDQ Z%d, Z%d, Z%d", t+i+2, t+i, i)
		f.op("VPUNPCKHQDQ Z%d, Z%d, Z%d", t+i+2, t+i, i+1)
		f.op("VPUNPCKLQDQ Z%d, Z%d, Z%d", t+i+3, t+i+1, i+2)
		f.op("VPUNPCKHQDQ Z%d, Z%d, Z%d", t+i+3, t+i+1, i+3)
	}
	for c := range 4 {
		for half := range 2 { // quarters of rows 8·half to 8·half+7
			lo, hi := 8*half+c, 8*half+4+c
			f.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", hi, lo, t+4*c+half)
			f.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", hi, lo, t+4*c+2+half)
		}
	}
	for c := range 4 {
		f.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", t+4*c+1, t+4*c, c)
		f.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", t+4*c+1, t+4*c, 8+c)
		f.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", t+4*c+3, t+4*c+2, 4+c)
		f.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", t+4*c+3, t+4*c+2, 12+c)
	}
}

// evexBroadcast encodes VDPBF16PS (EVEX.512.F3.0F38.W0 52 /r) with a broadcast memory operand, which Go's assembler does not know.
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
	p2 := byte(2)<<5 | 1<<4 | not(bit(b, 4))<<3                                                        // 512 bits, broadcast
	scale := map[int]byte{0: 0, 1: 0, 2: 1}[row.scale]
	modrm := byte(0b01)<<6 | byte(acc&7)<<3 | 0b100 // displacement of 8 bits, SIB follows
	sib := scale<<6 | byte(index&7)<<3 | byte(base&7)
	return []byte{0x62, p0, p1, p2, opcode, modrm, sib, 0}
}

// gpr numbers the general registers as instructions do.
var gpr = map[string]int{"AX": 0, "CX": 1, "DX": 2, "BX": 3, "SP": 4, "BP": 5, "SI": 6, "DI": 7,
	"R8": 8, "R9": 9, "R10": 10, "R11": 11, "R12": 12, "R13": 13, "R14": 14, "R15": 15}

func avx512BF16(f *file) {
	zmm("tileBF16AVX512x", func(f *file, row address, b, acc int) {
		code := evexBroadcast(row, b, acc)
		f.op("LONG $0x%02x%02x%02x%02x; LONG $0x%02x%02x%02x%02x // VDPBF16PS.BCST %s, Z%d, Z%d",
			code[3], code[2], code[1], code[0], code[7], code[6], code[5], code[4], row, b, acc)
	}).kernels(f, "tilesBF16AVX512")
	f.interleaveLines()
}

// interleaveLines writes the loop that packs up to 16 lines of 16 bits that are adjacent in memory: two depths make a unit of 32 bits.
func (f *file) interleaveLines() {
	f.function("interleaveLinesAVX512 packs lines of 16 bits that are adjacent in memory, in pairs of depths; the depth is even.",
		"interleaveLinesAVX512", "lines")
	f.linesPrologue()
	f.op("MOVQ $-1, CX")
	f.op("BZHIQ R9, CX, CX")
	f.op("KMOVW CX, K1")
	f.p("depth:")
	f.op("VPMOVZXWD.Z (SI), K1, Z0")
	f.op("VPMOVZXWD.Z (SI)(R8*1), K1, Z1")
	f.op("VPSLLD $16, Z1, Z1")
	f.op("VPORD Z0, Z1, Z0")
	f.op("VMOVDQU32 Z0, (DX)")
	f.op("LEAQ (SI)(R8*2), SI")
	f.op("ADDQ R10, DX")
	f.op("SUBQ $2, R11")
	f.op("JNZ depth")
	f.op("VZEROUPPER")
	f.op("RET")
}
