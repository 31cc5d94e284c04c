package main

import (
	"fmt"
	"strings"
)

// loop is a loop over the elements of some slices, a vector at a time, the last one under a mask.
type loop struct {
	m       *machine
	inputs  []string // slices that are read: the first into register 0, and so on
	outputs []string // slices that are written: the first from register 0, and so on
	scalars map[string]int
	setup   func()
	body    func(tail bool)
	finish  func()
}

// pointers are the general registers for slices; AX counts the elements done and CX those left.
var pointers = []string{"DI", "SI", "BX", "DX", "R8", "R9", "R10"}

// write writes the function of the loop. Slices of one name share a register.
func (l *loop) write(field, signature string) {
	m := l.m
	inputs, _, _ := strings.Cut(strings.TrimPrefix(signature, "("), ")")
	m.function(field, signature, func() {
		at := map[string]string{}
		for _, p := range parameters(inputs) {
			if p.size == 24 {
				at[p.name] = pointers[len(at)]
				m.op("MOVQ %s_base+%d(FP), %s", p.name, p.offset, at[p.name])
				if len(at) == 1 {
					m.op("MOVQ %s_len+%d(FP), CX", p.name, p.offset+8)
				}
			} else if n, ok := l.scalars[p.name]; ok {
				m.op("VBROADCASTSS %s+%d(FP), %s", p.name, p.offset, m.r(n))
			}
		}
		if l.setup != nil {
			l.setup()
		}
		m.op("XORQ AX, AX")
		m.op("SUBQ $%d, CX", m.lanes())
		m.op("JLT tail")
		m.label("loop")
		l.pass(at, false)
		m.op("ADDQ $%d, AX", m.lanes())
		m.op("SUBQ $%d, CX", m.lanes())
		m.op("JGE loop")
		m.label("tail")
		m.op("ADDQ $%d, CX", m.lanes())
		m.op("JZ done")
		m.mask()
		l.pass(at, true)
		m.label("done")
		if l.finish != nil {
			l.finish()
		}
	})
}

// pass writes the body for one vector.
func (l *loop) pass(at map[string]string, tail bool) {
	for i, s := range l.inputs {
		l.m.loadVector(i, fmt.Sprintf("(%s)(AX*4)", at[s]), tail)
	}
	l.body(tail)
	for i, s := range l.outputs {
		l.m.storeVector(i, fmt.Sprintf("(%s)(AX*4)", at[s]), tail)
	}
}

// mask makes the mask of the last CX lanes.
func (m *machine) mask() {
	if m.masks {
		m.op("MOVQ $-1, R11")
		m.op("BZHIQ CX, R11, R11")
		m.op("KMOVW R11, K1")
		return
	}
	m.op("LEAQ lanes<>+32(SB), R11")
	m.op("SHLQ $2, CX")
	m.op("SUBQ CX, R11")
	m.op("VMOVUPS (R11), Y15")
}

// laneMasks writes eight words of ones and eight of zeros: the mask of n lanes begins n words
// before the zeros.
func (m *machine) laneMasks() {
	for i := range 8 {
		fmt.Fprintf(&m.asm, "DATA lanes<>+%d(SB)/8, $%d\n", 8*i, min(0, i/4-1))
	}
	fmt.Fprintf(&m.asm, "GLOBL lanes<>(SB), RODATA|NOPTR, $64\n")
}

// loadVector loads a vector; the lanes beyond the tail are 0.
func (m *machine) loadVector(n int, address string, tail bool) {
	switch {
	case !tail:
		m.op("VMOVUPS %s, %s", address, m.r(n))
	case m.masks:
		m.op("VMOVUPS.Z %s, K1, %s", address, m.r(n))
	default:
		m.op("VMASKMOVPS %s, Y15, %s", address, m.r(n))
	}
}

func (m *machine) storeVector(n int, address string, tail bool) {
	switch {
	case !tail:
		m.op("VMOVUPS %s, %s", m.r(n), address)
	case m.masks:
		m.op("VMOVUPS %s, K1, %s", m.r(n), address)
	default:
		m.op("VMASKMOVPS %s, Y15, %s", m.r(n), address)
	}
}

// clearTail sets the lanes beyond the tail to 0.
func (m *machine) clearTail(n int) {
	if m.masks {
		m.op("VMOVAPS.Z %s, K1, %s", m.r(n), m.r(n))
	} else {
		m.op("VANDPS %s, Y15, %s", m.r(n), m.r(n))
	}
}

// total adds the lanes of a register, halves upon halves, into the lowest lane of it; spare is
// changed.
func (m *machine) total(n, spare int) { m.fold(n, spare, "VADDPS") }

// fold combines the lanes of a register into the lowest.
func (m *machine) fold(n, spare int, op string) {
	if m.masks {
		m.op("VEXTRACTF64X4 $1, Z%d, Y%d", n, spare)
		m.op("%s Y%d, Y%d, Y%d", op, spare, n, n)
	}
	m.op("VEXTRACTF128 $1, Y%d, X%d", n, spare)
	m.op("%s X%d, X%d, X%d", op, spare, n, n)
	for _, shuffle := range []int{0x4e, 0xb1} {
		m.op("VPERMILPS $%d, X%d, X%d", shuffle, n, spare)
		m.op("%s X%d, X%d, X%d", op, spare, n, n)
	}
}
