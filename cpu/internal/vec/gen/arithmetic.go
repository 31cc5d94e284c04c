package main

// arithmetic writes the elementwise functions of a single instruction or two.
func arithmetic(m *machine) {
	if !m.masks {
		m.laneMasks()
	}
	for _, f := range []struct{ field, op string }{
		{"add", "VADDPS"},
		{"sub", "VSUBPS"},
		{"mul", "VMULPS"},
		{"div", "VDIVPS"},
	} {
		l := &loop{
			m: m, inputs: []string{"x", "y"}, outputs: []string{"dst"},
			body: func(bool) { m.op3(f.op, 0, 0, 1) },
		}
		l.write(f.field, "(dst, x, y []float32)")
	}
	for _, f := range []struct{ field, op string }{{"max", "VMAXPS"}, {"min", "VMINPS"}} {
		l := &loop{
			m: m, inputs: []string{"x", "y"}, outputs: []string{"dst"},
			body: func(bool) { m.extreme(f.op, 0, 1) },
		}
		l.write(f.field, "(dst, x, y []float32)")
		l = &loop{
			m: m, inputs: []string{"x"}, outputs: []string{"dst"}, scalars: map[string]int{"s": 1},
			body: func(bool) { m.extreme(f.op, 0, 1) },
		}
		l.write(f.field+"Scalar", "(dst, x []float32, s float32)")
	}
	l := &loop{m: m, inputs: []string{"x", "y", "z"}, outputs: []string{"dst"}, body: func(bool) { m.mulAdd(0, 1, 2) }}
	l.write("fma", "(dst, x, y, z []float32)")
	l = &loop{
		m: m, inputs: []string{"x", "y"}, outputs: []string{"dst"}, scalars: map[string]int{"s": 2},
		body: func(bool) { m.mulAdd(0, 2, 1) },
	}
	l.write("mulAdd", "(dst, x, y []float32, s float32)")
	l = &loop{
		m: m, inputs: []string{"dst", "x"}, outputs: []string{"dst"}, scalars: map[string]int{"a": 2},
		body: func(bool) { m.fma(0, 1, 2) },
	}
	l.write("axpy", "(dst, x []float32, a float32)")
	for _, f := range []struct {
		field, op string
		a, b      int
	}{
		{"addScalar", "VADDPS", 0, 1},
		{"scalarSub", "VSUBPS", 1, 0},
		{"mulScalar", "VMULPS", 0, 1},
		{"divScalar", "VDIVPS", 0, 1},
		{"scalarDiv", "VDIVPS", 1, 0},
	} {
		l := &loop{
			m: m, inputs: []string{"x"}, outputs: []string{"dst"}, scalars: map[string]int{"s": 1},
			body: func(bool) { m.op3(f.op, 0, f.a, f.b) },
		}
		l.write(f.field, "(dst, x []float32, s float32)")
	}
	for _, f := range []struct {
		field string
		body  func()
	}{
		{"neg", func() { m.op3c("VXORPS", 0, 0, m.bits(1<<31)) }},
		{"abs", func() { m.op3c("VANDPS", 0, 0, m.bits(1<<31-1)) }},
		{"sqrt", func() { m.op2("VSQRTPS", 0, 0) }},
		{"rsqrt", func() { m.op2("VSQRTPS", 0, 0); m.load(1, m.c(1)); m.op3("VDIVPS", 0, 1, 0) }},
	} {
		l := &loop{m: m, inputs: []string{"x"}, outputs: []string{"dst"}, body: func(bool) { f.body() }}
		l.write(f.field, "(dst, x []float32)")
	}
	m.selection()
}

// extreme is x = the larger or smaller of x and y; NaN if either is. The instruction returns its
// last operand when one is NaN, and when both are zeros; so it is asked both ways, and of the zeros
// the sign bits are joined: −0 is below +0.
func (m *machine) extreme(op string, x, y int) {
	signs := "VANDPS"
	if op == "VMINPS" {
		signs = "VORPS"
	}
	m.op3(op, 4, x, y)
	m.op3(op, 6, y, x)
	m.op3(signs, 4, 4, 6)
	m.selectNaN(4, x, 5)
	m.selectNaN(4, y, 5)
	m.op("VMOVAPS %s, %s", m.r(4), m.r(x))
}

// selection chooses by a slice of bools, one byte each.
func (m *machine) selection() {
	l := &loop{m: m, inputs: []string{"x", "y"}, outputs: []string{"dst"}, body: func(tail bool) {
		if m.masks {
			if tail {
				m.op("VMOVDQU8.Z (SI)(AX*1), K1, X4")
			} else {
				m.op("VMOVDQU (SI)(AX*1), X4")
			}
			m.op("VPTESTNMB X4, X4, K2")
			m.op("VMOVAPS Z1, K2, Z0")
			return
		}
		m.boolLanes(tail)
		m.op("VBLENDVPS Y4, Y0, Y1, Y0")
	}}
	l.write("sel", "(dst []float32, mask []bool, x, y []float32)")
}

// boolLanes widens eight bytes of the mask to words of ones in register 4, or as many as there are
// in a tail, byte by byte.
func (m *machine) boolLanes(tail bool) {
	if !tail {
		m.op("VPMOVZXBD (SI)(AX*1), Y4")
	} else {
		m.op("LEAQ (SI)(AX*1), R12")
		m.op("SHRQ $2, CX") // the mask of the tail left four times the number of its elements
		m.op("XORQ R13, R13")
		m.label("bytes")
		m.op("SHLQ $8, R13")
		m.op("MOVBQZX -1(R12)(CX*1), R11")
		m.op("ORQ R11, R13")
		m.op("DECQ CX")
		m.op("JNZ bytes")
		m.op("VMOVQ R13, X4")
		m.op("VPMOVZXBD X4, Y4")
	}
	m.op("VPSLLD $31, Y4, Y4")
}
