package main

import "math"

// functions writes the elementwise functions that are evaluated by polynomials.
func functions(m *machine) {
	for _, f := range []struct {
		field string
		setup func()
		body  func()
	}{
		{"exp", m.expLimits, func() { m.exp(0) }},
		{"sigmoid", m.expLimits, func() { m.sigmoid(0) }},
		{"silu", m.expLimits, func() {
			m.op("VMOVAPS %s, %s", m.r(0), m.r(4))
			m.sigmoid(0)
			m.op3("VMULPS", 0, 0,
				4)
		}},
		{"log", nil, m.log},
		{"tanh", m.expLimits, m.tanh},
		{"erf", m.expLimits, m.erf},
		{"gelu", m.expLimits, func() { m.normal(); m.op3("VMULPS", 0, 0, 5) }},
		{"geluTanh", m.expLimits, func() { m.geluTanhGate(); m.op3("VMULPS", 0, 0, 5) }},
	} {
		l := &loop{m: m, inputs: []string{"x"}, outputs: []string{"dst"}, setup: f.setup, body: func(bool) { f.body() }}
		l.write(f.field, "(dst, x []float32)")
	}
	// The gradients have x in register 0 and dy in 1, which is kept in 8.
	keep := func(body func()) func(bool) {
		return func(bool) {
			m.op("VMOVAPS %s, %s", m.r(1), m.r(8))
			body()
			m.op3("VMULPS", 0, 0, 8)
		}
	}
	l := &loop{m: m, inputs: []string{"x", "dy"}, outputs: []string{"dst"}, setup: m.expLimits, body: keep(m.geluSlope)}
	l.write("geluGrad", "(dst, dy, x []float32)")
	l = &loop{
		m: m, inputs: []string{"x", "dy"}, outputs: []string{"dst"}, setup: m.expLimits,
		body: keep(m.geluTanhSlope),
	}
	l.write("geluTanhGrad", "(dst, dy, x []float32)")
}

// geluBF16 writes GELU and its gradient from bfloat16 to bfloat16, in one pass over memory. The
// gradient is also added to a slice of float32, before it is rounded.
func (m *machine) geluBF16() {
	l := &loop{m: m, setup: m.expLimits, body: func(tail bool) {
		m.loadBF16(0, "SI", tail)
		m.normal()
		m.op3("VMULPS", 0, 0, 5)
		m.storeBF16(tail)
	}}
	l.write("geluBF16", "(dst, x []uint16)")
	l = &loop{m: m, inputs: []string{"sum"}, setup: m.expLimits, body: func(tail bool) {
		m.op("VMOVAPS %s, %s", m.r(0), m.r(9))
		m.loadBF16(8, "SI", tail)
		m.loadBF16(0, "BX", tail)
		m.geluSlope()
		m.op3("VMULPS", 0, 0, 8)
		m.op3("VADDPS", 9, 9, 0)
		m.storeVector(9, "(DX)(AX*4)", tail)
		m.storeBF16(tail)
	}}
	l.write("geluGradBF16", "(dst, dy, x []uint16, sum []float32)")
}

const (
	expLow  = 14 // registers of the limits of exp
	expHigh = 13
)

// expLimits keeps the limits of exp in registers: beyond them the result is 0 or ∞ all the same.
func (m *machine) expLimits() {
	m.load(expLow, m.c(-104))
	m.load(expHigh, m.c(100))
}

// exp is x = e^x: with n = x/ln 2 rounded and r = x − n·ln 2 (in two parts), e^x = 2ⁿ·(1 + r +
// r²·p(r)). The limits come first in minimum and maximum, which then return x where it is NaN.
// Registers 1 to 3 are changed.
func (m *machine) exp(x int) {
	const n, p, spare = 1, 2, 3
	m.op3("VMINPS", x, expHigh, x)
	m.op3("VMAXPS", x, expLow, x)
	m.op3c("VMULPS", n, x, m.c(1/math.Ln2))
	m.round(n, n)
	high, low := ln2Parts()
	m.fnmac(x, n, m.c(high))
	m.fnmac(x, n, m.c(low))
	m.horner(p, x, expTail)
	m.mulAddC(p, x, m.c(1))
	m.mulAddC(p, x, m.c(1))
	m.scale(p, n, spare)
	m.op("VMOVAPS %s, %s", m.r(p), m.r(x))
}

// ln2Parts splits ln 2 so that products of the first part with integers up to 255 are exact; the
// second part is positive.
func ln2Parts() (high, low float64) {
	high = float64(math.Float32frombits(math.Float32bits(math.Ln2) &^ 0xff))
	return high, math.Ln2 - high
}

// sigmoid is x = 1/(1 + e^−x), by way of e = e^−|x|, which does not overflow: for x < 0 it is e/(1
// + e). Registers 1 to 3 and 6 are changed.
func (m *machine) sigmoid(x int) {
	const numerator, sign = 1, 6
	m.op("VMOVAPS %s, %s", m.r(x), m.r(sign))
	m.op3c("VORPS", x, x, m.bits(1<<31))
	m.exp(x)
	m.load(numerator, m.c(1))
	m.selectC(numerator, x, sign, lessThan, m.c(0), 2)
	m.op3c("VADDPS", x, x, m.c(1))
	m.op3("VDIVPS", x, numerator, x)
}

// log is x = ln x: with x = 2ᵉ·(1 + f), −1/4 ≤ f < 1/2, it is e·ln 2 + f − f²/2 + f³·p(f), the
// small terms first.
func (m *machine) log() {
	const e, f, p, square = 1, 2, 3, 4
	if m.masks {
		m.op("VGETMANTPS $0x0b, Z0, Z%d", f) // in [3/4, 3/2); NaN for negative numbers
		m.op("VGETEXPPS Z0, Z%d", e)
		m.op("VCMPPS $%d, %s, Z%d, K2", lessThan, m.c(1), f)
		m.op("VADDPS %s, Z%d, K2, Z%d", m.c(1), e, e)
	} else {
		m.splitFloat(e, f)
	}
	m.op3c("VSUBPS", f, f, m.c(1))
	m.horner(p, f, logTail)
	m.op3("VMULPS", square, f, f)
	m.op3("VMULPS", p, p, f)
	high, low := ln2Parts()
	m.op3c("VSUBPS", p, p, m.c(0.5))
	m.op3("VMULPS", p, p, square) // f³·p − f²/2
	m.fmac(p, e, m.c(low))
	m.op3("VADDPS", p, p, f)
	m.fmac(p, e, m.c(high))
	if m.masks {
		m.op("VMOVAPS Z%d, Z0", p)
		return
	}
	m.logEnds(p)
}

// splitFloat is log's first step without the instructions for it: subnormal numbers are multiplied
// by 2²³ first.
func (m *machine) splitFloat(e, f int) {
	m.op3c("VMULPS", 3, 0, m.c(1<<23))
	m.op("VMOVAPS %s, %s", m.r(0), m.r(f))
	m.selectC(f, 3, 0, lessThan, m.bits(1<<23), 4) // the smallest normal number
	m.op3c("VPSUBD", e, f, m.c(0.75))
	m.op("VPSRAD $23, %s, %s", m.r(e), m.r(e))
	m.op("VPSLLD $23, %s, %s", m.r(e), m.r(3))
	m.op3("VPSUBD", f, f, 3)
	m.op2("VCVTDQ2PS", e, e)
	m.op3c("VSUBPS", 3, e, m.c(23))
	m.selectC(e, 3, 0, lessThan, m.bits(1<<23), 4)
}

// logEnds is x = p, except for log's values at 0, below, at ∞ and at NaN.
func (m *machine) logEnds(p int) {
	inf := math.Inf(1)
	m.load(1, m.c(-inf))
	m.selectC(p, 1, 0, equalTo, m.c(0), 4)
	m.load(1, m.bits(0x7fc00000))
	m.selectC(p, 1, 0, lessThan, m.c(0), 4)
	m.selectC(p, 0, 0, equalTo, m.c(inf), 4)
	m.selectNaN(p, 0, 4)
	m.op("VMOVAPS %s, %s", m.r(p), m.r(0))
}

// tanh is x = tanh x: x + x³·p(x²) near 0, and otherwise 1 − 2/(e^2|x| + 1) with the sign of x, −0
// too.
func (m *machine) tanh() {
	const a, square, small = 4, 5, 6
	m.op3c("VANDPS", a, 0, m.bits(1<<31-1))
	m.op3("VMULPS", square, 0, 0)
	m.horner(small, square, tanhTail)
	m.op3("VMULPS", square, square, 0)
	m.mulAdd(small, square, 0)
	m.op3("VADDPS", 7, a, a)
	m.exp(7)
	m.op3c("VADDPS", 7, 7, m.c(1))
	m.load(1, m.c(-2))
	m.op3("VDIVPS", 7, 1, 7)
	m.op3c("VADDPS", 7, 7, m.c(1))
	m.selectC(7, small, a, lessThan, m.c(tanhSmall), 1)
	m.copySign(7, 0, 1)
	m.op("VMOVAPS %s, %s", m.r(7), m.r(0))
}

// copySign gives the number in dst, positive or of the sign of x already, the sign of x.
func (m *machine) copySign(dst, x, spare int) {
	m.op3c("VANDPS", spare, x, m.bits(1<<31))
	m.op3("VORPS", dst, dst, spare)
}

// erf is x = erf x: x·p(x²) near 0, and otherwise 1 − 2·Φ(−√2·|x|) with the sign of x.
func (m *machine) erf() {
	const a, square, small, tail = 4, 5, 6, 7
	m.op3c("VANDPS", a, 0, m.bits(1<<31-1))
	m.op3("VMULPS", square, 0, 0)
	m.horner(small, square, erfSmall)
	m.op3("VMULPS", small, small, 0)
	m.op3c("VXORPS", square, square, m.bits(1<<31))
	m.exp(square)
	m.op3c("VMULPS", 1, a, m.c(math.Sqrt2))
	m.millsRatio(tail, 1)
	m.op3("VMULPS", tail, tail, square)
	m.load(1, m.c(1))
	m.fnmac(1, tail, m.c(2))
	m.copySign(1, 0, 2)
	m.selectC(1, small, a, lessThan, m.c(1), 2)
	m.op("VMOVAPS %s, %s", m.r(1), m.r(0))
}

// millsRatio is dst = Φ(−a)·e^(a²/2) for a ≥ 0; a is changed. Beyond the end of the polynomial it
// stays constant: there e^(−a²/2) is below 2⁻²⁵.
func (m *machine) millsRatio(dst, a int) {
	m.op3c("VMINPS", a, a, m.c(2*millsCenter))
	m.op3c("VSUBPS", a, a, m.c(millsCenter))
	m.horner(dst, a, mills)
}

// normal is register 5 = Φ(x), with e^(−x²/2) in 4.
func (m *machine) normal() {
	const density, cdf = 4, 5
	m.op3("VMULPS", density, 0, 0)
	m.op3c("VMULPS", density, density, m.c(-0.5))
	m.exp(density)
	m.op3c("VANDPS", 1, 0, m.bits(1<<31-1))
	m.millsRatio(2, 1)
	m.op3("VMULPS", 2, 2, density)
	m.load(cdf, m.c(1))
	m.op3("VSUBPS", cdf, cdf, 2)
	m.selectC(cdf, 2, 0, lessThan, m.c(0), 1)
}

// geluSlope is x = Φ(x) + x·φ(x).
func (m *machine) geluSlope() {
	m.normal()
	m.op3c("VMULPS", 4, 4, m.c(1/math.Sqrt(2*math.Pi)))
	m.mulAdd(0, 4, 5)
}

const (
	geluRoot  = 0.7978845608028654 // √(2/π)
	geluCubic = 0.044715
)

// geluTanhGate is register 5 = (1 + tanh u)/2 = 1/(1 + e^−2u) for u = √(2/π)·(x + 0.044715x³).
func (m *machine) geluTanhGate() {
	m.op3("VMULPS", 5, 0, 0)
	m.load(4, m.c(2*geluRoot))
	m.fmac(4, 5, m.c(2*geluRoot*geluCubic))
	m.op3("VMULPS", 5, 4, 0)
	m.sigmoid(5)
}

// geluTanhSlope is x = g + x·g·(1 − g)·2u′ for the gate g. Far from 0, where g is 0 or 1 but 2u′
// might overflow, x is held at ±16.
func (m *machine) geluTanhSlope() {
	m.load(1, m.c(16))
	m.op3("VMINPS", 0, 1, 0)
	m.load(1, m.c(-16))
	m.op3("VMAXPS", 0, 1, 0)
	m.geluTanhGate()
	m.op3("VMULPS", 4, 0, 0)
	m.load(1, m.c(2*geluRoot))
	m.fmac(1, 4, m.c(6*geluRoot*geluCubic))
	m.op3("VMULPS", 0, 0, 1)
	m.load(1, m.c(1))
	m.op3("VSUBPS", 1, 1, 5)
	m.op3("VMULPS", 1, 1, 5)
	m.mulAdd(0, 1, 5)
}
