package main

// Offsets of the fields of gemm.lines.
const (
	linesDst      = 0
	linesDstDepth = 8
	linesSrc      = 16
	linesSrcDepth = 24
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
	f.op("MOVQ %d(DI), R8", linesSrcDepth)
	f.op("MOVQ %d(DI), R9", linesLines)
	f.op("MOVQ %d(DI), R11", linesDepth)
}
