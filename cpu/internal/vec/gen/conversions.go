package main

// conversions writes the loops between float32 and bfloat16.
func conversions(m *machine) {
	l := &loop{m: m, outputs: []string{"dst"}, body: func(tail bool) {
		m.loadHalves(0, tail)
		m.op("VPSLLD $16, %s, %s", m.r(0), m.r(0))
	}}
	l.write("fromBF16", "(dst []float32, x []uint16)")
	l = &loop{m: m, inputs: []string{"x"}, body: func(tail bool) {
		m.roundBF16()
		m.op("VPSRLD $16, %s, %s", m.r(0), m.r(0))
		m.storeHalves(tail)
	}}
	l.write("toBF16", "(dst []uint16, x []float32)")
	l = &loop{m: m, inputs: []string{"x"}, outputs: []string{"dst"}, body: func(bool) {
		m.roundBF16()
		m.op3c("VANDPS", 0, 0, m.bits(0xffff0000))
	}}
	l.write("roundBF16", "(dst, x []float32)")
}

// loadHalves loads 16-bit words from SI into the low halves of 32-bit lanes.
func (m *machine) loadHalves(n int, tail bool) {
	switch {
	case !tail:
		m.op("VPMOVZXWD (SI)(AX*2), %s", m.r(n))
	case m.masks:
		m.op("VPMOVZXWD.Z (SI)(AX*2), K1, Z%d", n)
	default:
		m.op("SHRQ $2, CX") // the mask of the tail left four times the number of its elements
		m.op("VPXOR Y%d, Y%d, Y%d", n, n, n)
		m.eachHalf(func(i int) { m.op("VPINSRW $%d, %d(SI)(AX*2), X%d, X%d", i, 2*i, n, n) })
		m.op("VPMOVZXWD X%d, Y%d", n, n)
	}
}

// eachHalf does something for the words of a tail, CX of them.
func (m *machine) eachHalf(do func(i int)) {
	for i := range m.lanes() - 1 {
		do(i)
		m.op("DECQ CX")
		m.op("JZ halves")
	}
	m.label("halves")
}

// storeHalves stores the low halves of the lanes of register 0 at DI.
func (m *machine) storeHalves(tail bool) {
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
	m.op("SHRQ $2, CX")
	m.eachHalf(func(i int) { m.op("VPEXTRW $%d, X0, %d(DI)(AX*2)", i, 2*i) })
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
