package main

// Offsets of the fields of gemm.lines.
const (
	linesDst      = 0
	linesDstDepth = 8
	linesSrc      = 16
	linesSrcDepth = 24
	linesLines    = 32
	linesDepth    = 40
	linesWidth    = 48
)

// copyLines writes the loop that packs up to 16 lines that are adjacent in memory: at each depth it copies one vector.
func (f *file) copyLines() {
	f.function("copyLinesAVX512 packs lines that are adjacent in memory.", "copyLinesAVX512", "lines")
	f.linesPrologue()
	f.p("depth:")
	f.op("VMOVUPS.Z (SI), K1, Z0")
	f.op("VMOVUPS Z0, K2, (DX)")
	f.op("ADDQ R8, SI")
	f.op("ADDQ R10, DX")
	f.op("DECQ R11")
	f.op("JNZ depth")
	f.op("VZEROUPPER")
	f.op("RET")
}

// linesPrologue loads the fields: DX dst, R10 its stride, SI src, R8 its stride, R9 the number of lines and K1 their mask, K2 the mask of the
// width, R11 the depth.
func (f *file) linesPrologue() {
	f.op("MOVQ args+0(FP), DI")
	f.op("MOVQ %d(DI), DX", linesDst)
	f.op("MOVQ %d(DI), R10", linesDstDepth)
	f.op("MOVQ %d(DI), SI", linesSrc)
	f.op("MOVQ %d(DI), R8", linesSrcDepth)
	f.op("MOVQ %d(DI), R9", linesLines)
	f.op("MOVQ %d(DI), R11", linesDepth)
	f.op("MOVQ %d(DI), AX", linesWidth)
	f.op("MOVQ $-1, CX")
	f.op("BZHIQ AX, CX, AX")
	f.op("KMOVW AX, K2")
	f.op("BZHIQ R9, CX, CX")
	f.op("KMOVW CX, K1")
}

// interleaveLines writes the loop that packs up to 16 lines of 16 bits that are adjacent in memory: two depths make a unit of 32 bits.
func (f *file) interleaveLines() {
	f.function("interleaveLinesAVX512 packs lines of 16 bits that are adjacent in memory, in pairs of depths; the depth is even.",
		"interleaveLinesAVX512", "lines")
	f.linesPrologue()
	f.p("depth:")
	f.op("VPMOVZXWD.Z (SI), K1, Z0")
	f.op("VPMOVZXWD.Z (SI)(R8*1), K1, Z1")
	f.op("VPSLLD $16, Z1, Z1")
	f.op("VPORD Z0, Z1, Z0")
	f.op("VMOVDQU32 Z0, K2, (DX)")
	f.op("LEAQ (SI)(R8*2), SI")
	f.op("ADDQ R10, DX")
	f.op("SUBQ $2, R11")
	f.op("JNZ depth")
	f.op("VZEROUPPER")
	f.op("RET")
}
