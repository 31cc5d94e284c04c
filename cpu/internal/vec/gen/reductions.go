package main

import "math"

// reductions writes sums and extrema over a slice.
func reductions(m *machine) {
	zero := func() { m.clear(8) }
	sum := func() { m.total(8, 9); m.op("VMOVSS X8, ret+%d(FP)", 24) }
	l := &loop{m: m, inputs: []string{"x"}, setup: zero, body: func(bool) { m.op3("VADDPS", 8, 8, 0) }, finish: sum}
	l.write("sum", "(x []float32) float32")
	l = &loop{m: m, inputs: []string{"x", "y"}, setup: zero, body: func(bool) { m.fma(8, 0, 1) }, finish: func() {
		m.total(8, 9)
		m.op("VMOVSS X8, ret+%d(FP)", 48)
	}}
	l.write("dot", "(x, y []float32) float32")
	l = &loop{m: m, inputs: []string{"x"}, setup: zero, body: func(tail bool) {
		m.loadBF16(1, "SI", tail)
		m.fma(8, 0, 1)
	}, finish: func() {
		m.total(8, 9)
		m.op("VMOVSS X8, ret+%d(FP)", 48)
	}}
	l.write("dotBF16", "(x []float32, y []uint16) float32")
	l = &loop{m: m, inputs: []string{"x"}, scalars: map[string]int{"c": 1}, setup: zero, body: func(tail bool) {
		m.op3("VSUBPS", 0, 0, 1)
		if tail {
			m.clearTail(0)
		}
		m.fma(8, 0, 0)
	}, finish: func() {
		m.total(8, 9)
		m.op("VMOVSS X8, ret+%d(FP)", 32)
	}}
	l.write("squaredDistance", "(x []float32, c float32) float32")
	m.extremum("maxOf", "VMAXPS", math.Inf(-1))
	m.extremum("minOf", "VMINPS", math.Inf(1))
}

func (m *machine) clear(n int) { m.op3("VXORPS", n, n, n) }

// extremum writes a largest or smallest element, in register 8; 9 gathers NaNs, which the
// instruction would lose.
func (m *machine) extremum(field, op string, start float64) {
	l := &loop{m: m, inputs: []string{"x"}, setup: func() { m.load(8, m.c(start)); m.clear(9) }}
	l.body = func(tail bool) {
		if tail { // the lanes beyond get the value to start with
			if m.masks {
				m.op("VBLENDMPS Z0, Z8, K1, Z0")
			} else {
				m.op("VBLENDVPS Y15, Y0, Y8, Y0")
			}
		}
		m.op3(op, 8, 8, 0)
		m.selectNaN(9, 0, 2)
	}
	l.finish = func() {
		m.fold(8, 10, op)
		m.orNaN()
		m.op("VMOVSS X8, ret+%d(FP)", 24)
	}
	l.write(field, "(x []float32) float32")
}

// orNaN makes register 8 a NaN if 9 has one.
func (m *machine) orNaN() {
	if m.masks {
		m.op("VCMPPS $%d, Z9, Z9, K2", unordered)
		m.op("KMOVW K2, R11")
	} else {
		m.op("VCMPPS $%d, Y9, Y9, Y10", unordered)
		m.op("VMOVMSKPS Y10, R11")
	}
	m.op("TESTQ R11, R11")
	m.op("JZ ordered")
	m.load(8, m.bits(0x7fc00000))
	m.label("ordered")
}
