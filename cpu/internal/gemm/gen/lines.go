package main

import "fmt"

// Offsets of the fields of gemm.lines.
const (
	linesDst      = 0
	linesDstDepth = 8
	linesHalf     = 16
	linesSrc      = 24
	linesSrcDepth = 32
	linesVecs     = 40
	linesLines    = 48
	linesWidth    = 56
	linesDepth    = 64
)

// mostVecs is the number of vectors that the packing loops take at a time, as many as the widest
// panel has.
const mostVecs = 3

// copyLines writes the loop that packs float32 lines: at each depth it copies vectors.
func (f *file) copyLines() {
	f.packLines("copyLinesAVX512 packs lines that are adjacent in memory.", "copyLinesAVX512", 1,
		func(v int, last bool) {
			if last {
				f.op("VMOVUPS.Z %d(SI), K1, Z%d", 64*v, v)
			} else {
				f.op("VMOVUPS %d(SI), Z%d", 64*v, v)
			}
		})
}

// interleaveLines writes the loop that packs lines of 16 bits: two depths make a unit of 32 bits.
func (f *file) interleaveLines() {
	f.packLines("interleaveLinesAVX512 packs lines of 16 bits that are adjacent in memory, in pairs of depths; the "+
		"depth is even.",
		"interleaveLinesAVX512", 2, func(v int, last bool) {
			if last {
				f.op("VPMOVZXWD.Z %d(SI), K1, Z%d", 32*v, v)
				f.op("VPMOVZXWD.Z %d(SI)(R8*1), K1, Z%d", 32*v, v+mostVecs)
			} else {
				f.op("VPMOVZXWD %d(SI), Z%d", 32*v, v)
				f.op("VPMOVZXWD %d(SI)(R8*1), Z%d", 32*v, v+mostVecs)
			}
			f.op("VPSLLD $16, Z%d, Z%d", v+mostVecs, v+mostVecs)
			f.op("VPORD Z%d, Z%d, Z%d", v, v+mostVecs, v)
		})
}

// packLines writes a packing loop for each number of vectors. A unit of the depth is made of `pair`
// elements; load leaves vector v of it in register v. Registers: DX dst and R9 three halves behind
// it, R10 from unit to unit, R12 from half to half, SI src, R8 from depth to depth, R11 the depth
// that is left; K1 masks the lines of the last vector, K2 and K3 the halves of it that are written.
func (f *file) packLines(doc, name string, pair int, load func(v int, last bool)) {
	f.function(doc, name, "lines")
	f.op("MOVQ args+0(FP), DI")
	for _, m := range []struct {
		field    int
		register string
	}{
		{linesDst, "DX"},
		{linesDstDepth, "R10"},
		{linesHalf, "R12"},
		{linesSrc, "SI"},
		{linesSrcDepth, "R8"},
		{linesDepth, "R11"},
	} {
		f.op("MOVQ %d(DI), %s", m.field, m.register)
	}
	f.op("LEAQ (R12)(R12*2), R9")
	f.op("ADDQ DX, R9")
	f.op("MOVQ $-1, CX")
	f.op("MOVQ %d(DI), AX", linesLines)
	f.op("BZHIQ AX, CX, AX")
	f.op("KMOVW AX, K1")
	f.op("MOVQ %d(DI), AX", linesWidth)
	f.op("BZHIQ AX, CX, AX")
	f.op("KMOVB AX, K2")
	f.op("SHRQ $8, AX")
	f.op("KMOVB AX, K3")
	f.op("MOVQ %d(DI), AX", linesVecs)
	for vecs := 1; vecs < mostVecs; vecs++ {
		f.op("CMPQ AX, $%d", vecs)
		f.op("JE depth%d", vecs)
	}
	for vecs := mostVecs; vecs > 0; vecs-- {
		f.p("depth%d:", vecs)
		for v := range vecs {
			load(v, v == vecs-1)
		}
		for v := range vecs {
			f.storeHalves(v, v == vecs-1)
		}
		f.op("LEAQ (SI)(R8*%d), SI", pair)
		f.op("ADDQ R10, DX")
		f.op("ADDQ R10, R9")
		f.op("SUBQ $%d, R11", pair)
		f.op("JNZ depth%d", vecs)
		f.op("VZEROUPPER")
		f.op("RET")
	}
}

// storeHalves stores the halves of register v; those of the last vector under masks.
func (f *file) storeHalves(v int, last bool) {
	at := func(half int) string {
		base, index := "DX", half
		if half >= 3 {
			base, index = "R9", half-3
		}
		if index == 0 {
			return "(" + base + ")"
		}
		return fmt.Sprintf("(%s)(R12*%d)", base, index)
	}
	if last {
		f.op("VMOVDQU32 Y%d, K2, %s", v, at(2*v))
		f.op("VEXTRACTI32X8 $1, Z%d, K3, %s", v, at(2*v+1))
		return
	}
	f.op("VMOVDQU Y%d, %s", v, at(2*v))
	f.op("VEXTRACTI32X8 $1, Z%d, %s", v, at(2*v+1))
}
