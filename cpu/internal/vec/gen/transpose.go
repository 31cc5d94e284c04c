package main

// transposes writes the loops that transpose up to a vector of rows, over any number of columns.
func transposes(m *machine) {
	if m.masks {
		m.transpose16x16("transposeRows", 4)
		m.transpose16x16("transposeRows16", 2)
		return
	}
	m.transpose8x8()
}

const transposeSignature = "(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int)"

// transposePrologue loads the parameters: DX dst, R10 its stride in bytes, SI src, R8 its stride,
// R9 the rows, CX the columns.
func (m *machine) transposePrologue() {
	for i, p := range []struct{ name, register string }{
		{"dst", "DX"},
		{"dstStride", "R10"},
		{"src", "SI"},
		{"srcStride", "R8"},
		{"rows", "R9"},
		{"cols", "CX"},
	} {
		m.op("MOVQ %s+%d(FP), %s", p.name, 8*i, p.register)
	}
}

// transpose16x16 transposes blocks of 16 by 16 elements of 32 bits, or of 16 that are widened on
// the way.
func (m *machine) transpose16x16(name string, size int) {
	m.declare(name, transposeSignature, func() {
		m.transposePrologue()
		m.op("MOVQ $-1, R11")
		m.op("BZHIQ R9, R11, R12")
		m.op("KMOVW R12, K2")
		m.label("block")
		m.op("MOVQ $-1, R11")
		m.op("CMPQ CX, $16")
		m.op("JGE whole")
		m.op("BZHIQ CX, R11, R11")
		m.label("whole")
		m.op("KMOVW R11, K1")
		m.op("MOVQ SI, AX")
		for i := range 16 {
			if i > 0 {
				m.op("CMPQ R9, $%d", i)
				m.op("JLE loaded")
				m.op("ADDQ R8, AX")
			}
			if size == 4 {
				m.op("VMOVDQU32.Z (AX), K1, Z%d", i)
			} else {
				m.op("VPMOVZXWD.Z (AX), K1, Z%d", i)
			}
		}
		m.label("loaded")
		m.transposeRegisters()
		for i := range 16 {
			if size == 4 {
				m.op("VMOVDQU32 Z%d, K2, (DX)", i)
			} else {
				m.op("VPMOVDW Z%d, K2, (DX)", i)
			}
			m.op("ADDQ R10, DX")
			if i < 15 {
				m.op("CMPQ CX, $%d", i+1)
				m.op("JE done")
			}
		}
		m.op("ADDQ $%d, SI", 16*size)
		m.op("SUBQ $16, CX")
		m.op("JNZ block")
		m.label("done")
	})
}

// transposeRegisters transposes the 16 by 16 words in Z0 to Z15 by way of Z16 to Z31: pairs of 32
// bits, then of 64, then two rounds of quarters.
func (m *machine) transposeRegisters() {
	const t = 16
	for i := 0; i < 16; i += 2 {
		m.op("VPUNPCKLDQ Z%d, Z%d, Z%d", i+1, i, t+i)
		m.op("VPUNPCKHDQ Z%d, Z%d, Z%d", i+1, i, t+i+1)
	}
	for i := 0; i < 16; i += 4 { // column c of each quarter goes to register i+c
		m.op("VPUNPCKLQDQ Z%d, Z%d, Z%d", t+i+2, t+i, i)
		m.op("VPUNPCKHQDQ Z%d, Z%d, Z%d", t+i+2, t+i, i+1)
		m.op("VPUNPCKLQDQ Z%d, Z%d, Z%d", t+i+3, t+i+1, i+2)
		m.op("VPUNPCKHQDQ Z%d, Z%d, Z%d", t+i+3, t+i+1, i+3)
	}
	for c := range 4 {
		for half := range 2 { // quarters of rows 8·half to 8·half+7
			lo, hi := 8*half+c, 8*half+4+c
			m.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", hi, lo, t+4*c+half)
			m.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", hi, lo, t+4*c+2+half)
		}
	}
	for c := range 4 {
		m.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", t+4*c+1, t+4*c, c)
		m.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", t+4*c+1, t+4*c, 8+c)
		m.op("VSHUFI32X4 $0x88, Z%d, Z%d, Z%d", t+4*c+3, t+4*c+2, 4+c)
		m.op("VSHUFI32X4 $0xdd, Z%d, Z%d, Z%d", t+4*c+3, t+4*c+2, 12+c)
	}
}

// transpose8x8 transposes whole blocks of 8 by 8 words: the rows must be 8 and the columns a
// multiple of 8.
func (m *machine) transpose8x8() {
	const t = 8
	m.declare("transposeRows", transposeSignature, func() {
		m.transposePrologue()
		m.label("block")
		m.op("MOVQ SI, AX")
		for i := range 8 {
			m.op("VMOVUPS (AX), Y%d", i)
			m.op("ADDQ R8, AX")
		}
		for i := 0; i < 8; i += 2 {
			m.op("VUNPCKLPS Y%d, Y%d, Y%d", i+1, i, t+i)
			m.op("VUNPCKHPS Y%d, Y%d, Y%d", i+1, i, t+i+1)
		}
		for i := 0; i < 8; i += 4 {
			m.op("VUNPCKLPD Y%d, Y%d, Y%d", t+i+2, t+i, i)
			m.op("VUNPCKHPD Y%d, Y%d, Y%d", t+i+2, t+i, i+1)
			m.op("VUNPCKLPD Y%d, Y%d, Y%d", t+i+3, t+i+1, i+2)
			m.op("VUNPCKHPD Y%d, Y%d, Y%d", t+i+3, t+i+1, i+3)
		}
		for half, selector := range []int{0x20, 0x31} {
			for c := range 4 {
				m.op("VPERM2F128 $%#x, Y%d, Y%d, Y%d", selector, 4+c, c, t+4*half+c)
			}
		}
		for c := range 8 {
			m.op("VMOVUPS Y%d, (DX)", t+c)
			m.op("ADDQ R10, DX")
		}
		m.op("ADDQ $32, SI")
		m.op("SUBQ $8, CX")
		m.op("JNZ block")
	})
}
