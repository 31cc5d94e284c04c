package main

// Offsets of the fields of vec.AdamW.
var adamWFields = []string{
	"beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2", "eps", "decay", "rate", "rootCorrection",
	"momentum", "oneMinusMomentum",
}

// optimizer writes the step of AdamW with the moving average, which has the parameter's numbers in
// memory.
func optimizer(m *machine) {
	field := func(name string, n int) {
		for i, f := range adamWFields {
			if f == name {
				m.op("VBROADCASTSS %d(R11), %s", 4*i, m.r(n))
			}
		}
	}
	step := func() { // w, m, v, g in registers 0 to 3
		m.op("MOVQ a+0(FP), R11")
		field("beta1", 5)
		m.op3("VMULPS", 1, 1, 5)
		field("oneMinusBeta1", 5)
		m.fma(1, 3, 5)
		field("beta2", 5)
		m.op3("VMULPS", 2, 2, 5)
		field("oneMinusBeta2", 5)
		m.op3("VMULPS", 3, 3, 3)
		m.fma(2, 3, 5)
		m.op2("VSQRTPS", 3, 2)
		field("rootCorrection", 5)
		field("eps", 6)
		m.mulAdd(3, 5, 6)
		m.op3("VDIVPS", 3, 1, 3)
		field("decay", 5)
		m.op3("VMULPS", 0, 0, 5)
		field("rate", 5)
		m.op("VFNMADD231PS %s, %s, %s", m.r(5), m.r(3), m.r(0))
	}
	l := &loop{
		m: m, inputs: []string{"w", "m", "v", "g"}, outputs: []string{"w", "m", "v"},
		body: func(bool) { step() },
	}
	l.write("adamW", "(a *AdamW, w, m, v, g []float32)")
	l = &loop{
		m: m, inputs: []string{"w", "m", "v", "g", "ema"}, outputs: []string{"w", "m", "v", "ema"},
		body: func(bool) {
			step()
			field("momentum", 5)
			m.op3("VMULPS", 3, 4, 5)
			field("oneMinusMomentum", 5)
			m.fma(3, 0, 5)
		},
	}
	l.write("adamWEMA", "(a *AdamW, w, m, v, ema, g []float32)")
}
