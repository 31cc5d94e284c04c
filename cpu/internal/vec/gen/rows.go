package main

// rows writes the loops of softmax and layer norm.
func rows(m *machine) {
	l := m.expShift(func(bool) {})
	l.outputs = []string{"dst"}
	l.write("expShift", "(dst, x []float32, scale, shift float32) float32")
	m.expShiftBF16()
	l = &loop{
		m: m, inputs: []string{"x", "y"}, outputs: []string{"dst"}, scalars: map[string]int{"s": 2, "scale": 3},
		body: func(bool) { m.op3("VSUBPS", 0, 0, 2); m.op3("VMULPS", 0, 0, 1); m.op3("VMULPS", 0, 0, 3) },
	}
	l.write("subMul", "(dst, x, y []float32, s, scale float32)")
	m.subMulBF16()
	l = &loop{
		m: m, inputs: []string{"x"}, outputs: []string{"dst"}, scalars: map[string]int{"mean": 2, "rstd": 3},
		body: func(bool) { m.op3("VSUBPS", 0, 0, 2); m.op3("VMULPS", 0, 0, 3) },
	}
	l.write("normalize", "(dst, x []float32, mean, rstd float32)")
	l = &loop{
		m: m, inputs: []string{"x", "weight", "bias"}, outputs: []string{"dst"},
		scalars: map[string]int{"mean": 4, "rstd": 3},
		body:    func(bool) { m.op3("VSUBPS", 0, 0, 4); m.op3("VMULPS", 0, 0, 3); m.mulAdd(0, 1, 2) },
	}
	l.write("normalizeAffine", "(dst, x, weight, bias []float32, mean, rstd float32)")
	m.normGradients()
}

// expShift is the loop over numerators of a softmax, which end up in register 0; the sum of them is
// its result.
func (m *machine) expShift(store func(tail bool)) *loop {
	return &loop{
		m: m, inputs: []string{"x"}, scalars: map[string]int{"scale": 10, "shift": 11},
		setup: func() { m.expLimits(); m.clear(9) },
		body: func(tail bool) {
			m.op("VFMSUB213PS %s, %s, %s", m.r(11), m.r(10), m.r(0))
			m.exp(0)
			if tail {
				m.clearTail(0)
			}
			m.op3("VADDPS", 9, 9, 0)
			store(tail)
		},
		finish: func() { m.total(9, 0); m.op("VMOVSS X9, ret+%d(FP)", 56) },
	}
}

func (m *machine) expShiftBF16() {
	m.expShift(func(tail bool) { m.storeBF16(tail) }).write("expShiftBF16",
		"(dst []uint16, x []float32, scale, shift float32) float32")
}

func (m *machine) subMulBF16() {
	l := &loop{
		m: m, inputs: []string{"x"}, scalars: map[string]int{"s": 4, "scale": 5}, body: func(tail bool) {
			m.loadBF16(1, "BX", tail)
			m.op3("VSUBPS", 0, 0, 4)
			m.op3("VMULPS", 0, 0, 1)
			m.op3("VMULPS", 0, 0, 5)
			m.storeBF16(tail)
		},
	}
	l.write("subMulBF16", "(dst []uint16, x []float32, y []uint16, s, scale float32)")
}

// normGradients writes the two passes of layer norm's gradient.
func (m *machine) normGradients() {
	const mean, rstd, sum, dot = 8, 9, 10, 11
	l := &loop{
		m: m, inputs: []string{"dweight", "dbias", "dy", "x", "weight"}, outputs: []string{"dweight", "dbias"},
		scalars: map[string]int{"mean": mean, "rstd": rstd},
		setup:   func() { m.clear(sum); m.clear(dot) },
		body: func(bool) { // beyond a tail dy is 0
			m.op3("VSUBPS", 3, 3, mean)
			m.op3("VMULPS", 3, 3, rstd)
			m.fma(0, 2, 3)
			m.op3("VADDPS", 1, 1, 2)
			m.op3("VMULPS", 2, 2, 4)
			m.op3("VADDPS", sum, sum, 2)
			m.fma(dot, 2, 3)
		},
		finish: func() {
			m.total(sum, 0)
			m.total(dot, 0)
			m.op("VMOVSS X%d, sum+%d(FP)", sum, 128)
			m.op("VMOVSS X%d, dot+%d(FP)", dot, 132)
		},
	}
	l.write("normGradSums", "(dy, x, weight, dweight, dbias []float32, mean, rstd float32) (sum, dot float32)")
	l = &loop{
		m: m, inputs: []string{"dy", "x", "weight"}, outputs: []string{"dx"},
		scalars: map[string]int{"mean": mean, "rstd": rstd, "sum": sum, "dot": dot},
		body: func(bool) {
			m.op3("VSUBPS", 1, 1, mean)
			m.op3("VMULPS", 1, 1, rstd)
			m.op("VFMSUB213PS %s, %s, %s", m.r(sum), m.r(2), m.r(0))
			m.op("VFNMADD231PS %s, %s, %s", m.r(dot), m.r(1), m.r(0))
			m.op3("VMULPS", 0, 0, rstd)
		},
	}
	l.write("normGrad", "(dx, dy, x, weight []float32, mean, rstd, sum, dot float32)")
}
