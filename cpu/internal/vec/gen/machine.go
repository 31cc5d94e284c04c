package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
)

// machine writes assembly for one instruction set. Vector registers go by number; with 16 of them,
// 15 is the mask of the last, partial vector (AVX-512 has it in K1, and K2 for comparisons).
type machine struct {
	isa, suffix string
	register    string // letter of the vector registers
	bytes       int    // size of a vector
	masks       bool   // has mask registers
	narrows     bool   // has instructions that round to bfloat16
	asm         bytes.Buffer
	decls       bytes.Buffer
	fields      bytes.Buffer // of the table of kernels
	used        []uint32     // constants
}

// lanes is the number of float32 in a vector.
func (m *machine) lanes() int { return m.bytes / 4 }

// op adds an instruction.
func (m *machine) op(format string, args ...any) { fmt.Fprintf(&m.asm, "\t"+format+"\n", args...) }

func (m *machine) label(name string) { fmt.Fprintf(&m.asm, "%s:\n", name) }

// r is the name of a vector register.
func (m *machine) r(n int) string { return fmt.Sprintf("%s%d", m.register, n) }

// c is the memory operand of a vector of equal constants.
func (m *machine) c(v float64) string { return m.bits(math.Float32bits(float32(v))) }

// bits is c for the bits of a word.
func (m *machine) bits(v uint32) string {
	if !slices.Contains(m.used, v) {
		m.used = append(m.used, v)
	}
	return fmt.Sprintf("const_%08x<>(SB)", v)
}

// constants writes the data of the constants that were used.
func (m *machine) constants() []byte {
	var b bytes.Buffer
	for _, v := range m.used {
		fmt.Fprintf(&b, "\n")
		for at := 0; at < m.bytes; at += 8 {
			fmt.Fprintf(&b, "DATA const_%08x<>+%d(SB)/8, $0x%08x%08x\n", v, at, v, v)
		}
		fmt.Fprintf(&b, "GLOBL const_%08x<>(SB), RODATA|NOPTR, $%d\n", v, m.bytes)
	}
	return b.Bytes()
}

// op2 is dst = op(a), op3 is dst = op(a, b), with a to the left: a − b, a/b.
func (m *machine) op2(op string, dst, a int) { m.op("%s %s, %s", op, m.r(a), m.r(dst)) }

func (m *machine) op3(op string, dst, a, b int) { m.op("%s %s, %s, %s", op, m.r(b), m.r(a), m.r(dst)) }

// op3c is dst = op(a, constant).
func (m *machine) op3c(op string, dst, a int, constant string) {
	m.op("%s %s, %s, %s", op, constant, m.r(a), m.r(dst))
}

// load sets a register to a constant.
func (m *machine) load(dst int, constant string) { m.op("VMOVUPS %s, %s", constant, m.r(dst)) }

// fma is dst += a·b; fnma is dst −= a·b; both with a constant for b where b is one.
func (m *machine) fma(dst, a, b int) { m.op("VFMADD231PS %s, %s, %s", m.r(b), m.r(a), m.r(dst)) }

func (m *machine) fmac(dst, a int, b string) { m.op("VFMADD231PS %s, %s, %s", b, m.r(a), m.r(dst)) }

func (m *machine) fnmac(dst, a int, b string) { m.op("VFNMADD231PS %s, %s, %s", b, m.r(a), m.r(dst)) }

// mulAdd is dst = dst·a + b; the other has a constant for b.
func (m *machine) mulAdd(dst, a, b int) { m.op("VFMADD213PS %s, %s, %s", m.r(b), m.r(a), m.r(dst)) }

func (m *machine) mulAddC(dst, a int, b string) { m.op("VFMADD213PS %s, %s, %s", b, m.r(a), m.r(dst)) }

// horner is dst = p(x), lowest power first.
func (m *machine) horner(dst, x int, p []float64) {
	m.load(dst, m.c(p[len(p)-1]))
	for i := len(p) - 2; i >= 0; i-- {
		m.mulAddC(dst, x, m.c(p[i]))
	}
}

// Predicates of VCMPPS: ordered and quiet, except for unordered.
const (
	lessThan  = 0x11
	unordered = 0x03
	equalTo   = 0x00
)

// selectC is dst = a where x ⟨predicate⟩ constant, and dst elsewhere; spare is a register that may
// be used.
func (m *machine) selectC(dst, a, x, predicate int, constant string, spare int) {
	if m.masks {
		m.op("VCMPPS $%d, %s, %s, K2", predicate, constant, m.r(x))
		m.op("VMOVAPS %s, K2, %s", m.r(a), m.r(dst))
		return
	}
	m.op("VCMPPS $%d, %s, %s, %s", predicate, constant, m.r(x), m.r(spare))
	m.op("VBLENDVPS %s, %s, %s, %s", m.r(spare), m.r(a), m.r(dst), m.r(dst))
}

// selectNaN is dst = x where x is NaN, and dst elsewhere.
func (m *machine) selectNaN(dst, x, spare int) {
	if m.masks {
		m.op("VCMPPS $%d, %s, %s, K2", unordered, m.r(x), m.r(x))
		m.op("VMOVAPS %s, K2, %s", m.r(x), m.r(dst))
		return
	}
	m.op("VCMPPS $%d, %s, %s, %s", unordered, m.r(x), m.r(x), m.r(spare))
	m.op("VBLENDVPS %s, %s, %s, %s", m.r(spare), m.r(x), m.r(dst), m.r(dst))
}

// round is dst = the integer nearest to a.
func (m *machine) round(dst, a int) {
	if m.masks {
		m.op("VRNDSCALEPS $8, %s, %s", m.r(a), m.r(dst))
	} else {
		m.op("VROUNDPS $8, %s, %s", m.r(a), m.r(dst))
	}
}

// scale is dst = dst·2^n for an integer n in −254 … 254, rounded once; n and spare are changed.
func (m *machine) scale(dst, n, spare int) {
	if m.masks {
		m.op3("VSCALEFPS", dst, dst, n)
		return
	}
	m.op2("VCVTPS2DQ", n, n)
	m.op("VPSRAD $1, %s, %s", m.r(n), m.r(spare)) // two steps, of which the first stays among the normal numbers
	m.op3("VPSUBD", n, n, spare)
	for _, half := range []int{spare, n} {
		m.op3c("VPADDD", half, half, m.bits(127))
		m.op("VPSLLD $23, %s, %s", m.r(half), m.r(half))
		m.op3("VMULPS", dst, dst, half)
	}
}

// function writes a function that is a kernel of the table. signature is its parameters and results
// as in Go; the body may refer to them by name and offset.
func (m *machine) function(field, signature string, body func()) {
	fmt.Fprintf(&m.fields, "\t%s: %s,\n", field, field+m.suffix)
	m.declare(field, signature, body)
}

// declare writes a function.
func (m *machine) declare(field, signature string, body func()) {
	name := field + m.suffix
	fmt.Fprintf(&m.decls, "\n//go:noescape\nfunc %s%s\n", name, signature)
	fmt.Fprintf(&m.asm, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", name, signature, name, frame(signature))
	body()
	m.op("VZEROUPPER")
	m.op("RET")
}

// frame is the size of the parameters and results of a signature.
func frame(signature string) int {
	inputs, results, _ := strings.Cut(strings.TrimPrefix(signature, "("), ")")
	size := 0
	for _, p := range parameters(inputs) {
		size += p.size
	}
	if strings.Contains(results, "float32") {
		size = (size+7)&^7 + 4*(1+strings.Count(results, ","))
	}
	return size
}

// parameter is one parameter of an assembly function.
type parameter struct {
	name   string
	offset int
	size   int
}

// parameters lays out a list of parameters such as "dst, x []float32, s float32".
func parameters(list string) []parameter {
	var all []parameter
	offset, pending := 0, []string{}
	for _, item := range strings.Split(list, ", ") {
		name, kind, typed := strings.Cut(strings.TrimSpace(item), " ")
		pending = append(pending, name)
		if !typed {
			continue
		}
		size := 4
		switch {
		case strings.HasPrefix(kind, "[]"):
			size = 24
		case strings.HasPrefix(kind, "*"), kind == "unsafe.Pointer", kind == "int":
			size = 8
		}
		for _, n := range pending {
			offset = (offset + min(size, 8) - 1) &^ (min(size, 8) - 1)
			all = append(all, parameter{n, offset, size})
			offset += size
		}
		pending = nil
	}
	return all
}
