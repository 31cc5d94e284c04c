package main

// conversions writes the loops between float32 and bfloat16.
func conversions(m *machine) {
	l := &loop{m: m, outputs: []string{"dst"}, body: func(tail bool) {
		m.loadBF16(0, "SI", tail)
	}}
	l.write("fromBF16", "(dst []float32, x []uint16)")
	l = &loop{m: m, inputs: []string{"x"}, body: func(tail bool) { m.storeBF16(tail) }}
	l.write("toBF16", "(dst []uint16, x []float32)")
	l = &loop{m: m, inputs: []string{"x"}, outputs: []string{"dst"}, body: func(bool) {
		m.roundBF16()
		m.op3c("VANDPS", 0, 0, m.bits(0xffff0000))
	}}
	l.write("roundBF16", "(dst, x []float32)")
}

// narrowing writes the loops that compute and round to bfloat16, again with the instruction for it.
// It makes zeros of subnormal numbers, so conversions do without.
func (m *machine) narrowing() {
	m.geluBF16()
	m.expShiftBF16()
	m.subMulBF16()
}

// loadBF16 loads a vector of bfloat16 as float32; the lanes beyond the tail are 0.
func (m *machine) loadBF16(n int, pointer string, tail bool) {
	switch {
	case !tail:
		m.op("VPMOVZXWD (%s)(AX*2), %s", pointer, m.r(n))
	case m.masks:
		m.op("VPMOVZXWD.Z (%s)(AX*2), K1, Z%d", pointer, n)
	default:
		m.op("VPXOR Y%d, Y%d, Y%d", n, n, n)
		m.eachHalf("load"+pointer, func(i int) { m.op("VPINSRW $%d, %d(%s)(AX*2), X%d, X%d", i, 2*i, pointer, n, n) })
		m.op("VPMOVZXWD X%d, Y%d", n, n)
	}
	m.op("VPSLLD $16, %s, %s", m.r(n), m.r(n))
}

// eachHalf does something for the words of a tail; the mask of the tail left four times their
// number in CX.
func (m *machine) eachHalf(label string, do func(i int)) {
	m.op("MOVQ CX, R12")
	for i := range m.lanes() - 1 {
		do(i)
		m.op("SUBQ $4, R12")
		m.op("JZ %s", label)
	}
	m.label(label)
}

// storeBF16 rounds register 0 to bfloat16 and stores it at element AX of the slice at DI. Registers
// 1 to 3 are changed.
func (m *machine) storeBF16(tail bool) {
	if m.narrows {
		m.op("LONG $0x487ef262; WORD $0xc072 // VCVTNEPS2BF16 Z0, Y0")
		if tail {
			m.op("VMOVDQU16 Y0, K1, (DI)(AX*2)")
		} else {
			m.op("VMOVDQU Y0, (DI)(AX*2)")
		}
		return
	}
	m.roundBF16()
	m.op("VPSRLD $16, %s, %s", m.r(0), m.r(0))
	if m.masks {
		if tail {
			m.op("VPMOVDW Z0, K1, (DI)(AX*2)")
		} else {
			m.op("VPMOVDW Z0, (DI)(AX*2)")
		}
		return
	}
	m.op("VPACKUSDW Y0, Y0, Y0")
	m.op("VPERMQ $0x08, Y0, Y0")
	if !tail {
		m.op("VMOVDQU X0, (DI)(AX*2)")
		return
	}
	m.eachHalf("storeDI", func(i int) { m.op("VPEXTRW $%d, X0, %d(DI)(AX*2)", i, 2*i) })
}

// roundBF16 rounds register 0 to nearest even at bit 16, leaving the low half; NaNs become quiet.
func (m *machine) roundBF16() {
	m.op("VPSRLD $16, %s, %s", m.r(0), m.r(1))
	m.and(1, 1, m.bits(1))
	m.op3c("VPADDD", 1, 1, m.bits(0x7fff))
	m.op3("VPADDD", 1, 1, 0)
	m.or(2, 0, m.bits(0x400000))
	if m.masks {
		m.op("VCMPPS $%d, Z0, Z0, K2", unordered)
		m.op("VMOVAPS Z2, K2, Z1")
	} else {
		m.op("VCMPPS $%d, Y0, Y0, Y3", unordered)
		m.op("VBLENDVPS Y3, Y2, Y1, Y1")
	}
	m.op("VMOVAPS %s, %s", m.r(1), m.r(0))
}

func (m *machine) and(dst, a int, constant string) { m.op3c("VANDPS", dst, a, constant) }

func (m *machine) or(dst, a int, constant string) { m.op3c("VORPS", dst, a, constant) }
