package main

import "fmt"

// Offsets of the fields of gemm.tile.
const (
	tileA          = 0
	tileARow       = 8
	tileADepth     = 16
	tileB          = 24
	tileBDepth     = 32
	tileBPanel     = 40
	tileC          = 48
	tileCRow       = 56
	tileDepth      = 64
	tilePanels     = 72
	tileLanes      = 80
	tileAccumulate = 88
	tileOut        = 96
	tileOutRow     = 104
	tileBias       = 112
	tilePassed     = 120
)

// vectors is what the kernels of one instruction set differ in.
type vectors struct {
	prefix string
	rows   int // most rows of a tile
	vecs   int // most vectors of a row
	bytes  int // size of a vector

	zero       func(f *file, acc int)
	loadB      func(f *file, v, vecs int, address string)          // vector v of B; the last one under the mask
	broadcastA func(f *file, row address)                          // once for each row and depth, or nothing
	multiply   func(f *file, row address, v, acc int)              // acc += A[row]·B[v]
	addC       func(f *file, v, vecs int, acc int, address string) // acc += C
	storeC     func(f *file, v, vecs int, acc int, address string)
	addB       func(f *file, v, acc int)                           // acc += B[v]
	narrow     func(f *file, v, vecs int, acc int, address string) // store as bfloat16; nil where nothing rounds
	// mask of the last panel, from the number of lanes in AX
	mask     func(f *file)
	fullMask func(f *file)
}

// address is a memory operand: base + index·scale; scale 0 means no index.
type address struct {
	base, index string
	scale       int
}

func (a address) String() string {
	if a.scale == 0 {
		return fmt.Sprintf("(%s)", a.base)
	}
	return fmt.Sprintf("(%s)(%s*%d)", a.base, a.index, a.scale)
}

// rowOf addresses row r through one of three pointers, which are three rows apart, so that all
// eight rows need one stride register.
func rowOf(r int, pointers [3]string, stride string) address {
	return address{pointers[r/3], stride, r % 3}
}

// kernels writes the tile kernels and their table.
func (x *vectors) kernels(f *file, table string) {
	for r := 1; r <= x.rows; r++ {
		for v := 1; v <= x.vecs; v++ {
			x.kernel(f, r, v)
		}
	}
	f.table(table, x.prefix, x.rows, x.vecs)
}

// kernel writes the kernel of a tile with the given rows and vectors: for each panel of B it sums
// over the whole depth in registers, adds C if asked to, and stores.
func (x *vectors) kernel(f *file, rows, vecs int) {
	name := kernelName(x.prefix, rows, vecs)
	doc := fmt.Sprintf("%s computes tiles of %d × %d: rows and vectors of columns.", name, rows, vecs)
	f.function(doc, name, "tile")
	acc := func(r, v int) int { return r*vecs + v }
	used := (rows + 2) / 3
	x.prologue(f)
	f.p("panel:")
	f.op("CMPQ R12, $1")
	f.op("JNE full")
	f.op("MOVQ %d(DI), AX", tileLanes)
	x.mask(f)
	f.op("JMP start")
	f.p("full:")
	x.fullMask(f)
	f.p("start:")
	for i := range rows * vecs {
		x.zero(f, i)
	}
	f.pointers("SI", "R8", used)
	f.op("MOVQ BX, R9")
	f.op("MOVQ %d(DI), R14", tileDepth)
	f.p("depth:")
	for v := range vecs {
		x.loadB(f, v, vecs, fmt.Sprintf("%d(R9)", v*x.bytes))
	}
	for r := range rows {
		a := rowOf(r, heads, "R8")
		x.broadcastA(f, a)
		for v := range vecs {
			x.multiply(f, a, v, acc(r, v))
		}
	}
	for i := range used {
		f.op("ADDQ %d(DI), %s", tileADepth, heads[i])
	}
	f.op("ADDQ R10, R9")
	f.op("DECQ R14")
	f.op("JNZ depth")
	x.epilogue(f, rows, vecs, acc)
}

// heads point at rows 0, 3 and 6 of A in the loop over the depth, and of C after it.
var heads = [3]string{"AX", "CX", "R13"}

// pointers sets as many heads as are used.
func (f *file) pointers(base, stride string, used int) {
	f.op("MOVQ %s, %s", base, heads[0])
	if used > 1 {
		f.op("LEAQ (%s)(%s*2), %s", stride, stride, heads[2])
		f.op("LEAQ (%s)(%s*1), %s", base, heads[2], heads[1])
	}
	if used > 2 {
		f.op("LEAQ (%s)(%s*2), %s", base, heads[2], heads[2])
	}
}

// prologue loads the fields of the tile into registers: DI the tile, SI A, R8 its row stride, BX B,
// R10 its depth stride, DX C, R11 its row stride, R12 the panels that are left.
func (x *vectors) prologue(f *file) {
	f.op("MOVQ args+0(FP), DI")
	for _, m := range []struct {
		field    int
		register string
	}{
		{tileA, "SI"},
		{tileARow, "R8"},
		{tileB, "BX"},
		{tileBDepth, "R10"},
		{tileC, "DX"},
		{tileCRow, "R11"},
		{tilePanels, "R12"},
	} {
		f.op("MOVQ %d(DI), %s", m.field, m.register)
	}
}

// epilogue adds C to the sums if asked to, stores them, and goes on to the next panel.
func (x *vectors) epilogue(f *file, rows, vecs int, acc func(r, v int) int) {
	f.pointers("DX", "R11", (rows+2)/3)
	at := func(r, v int) string { return fmt.Sprintf("%d%s", v*x.bytes, rowOf(r, heads, "R11")) }
	each := func(do func(f *file, v, vecs, acc int, address string)) {
		for r := range rows {
			for v := range vecs {
				do(f, v, vecs, acc(r, v), at(r, v))
			}
		}
	}
	f.op("CMPQ %d(DI), $0", tileAccumulate)
	f.op("JE store")
	each(x.addC)
	f.p("store:")
	x.bias(f, rows, vecs, acc)
	if x.narrow != nil {
		f.op("CMPQ %d(DI), $0", tileOut)
		f.op("JNE narrow")
	}
	each(x.storeC)
	f.p("next:")
	f.op("ADDQ %d(DI), BX", tileBPanel)
	f.op("ADDQ $%d, DX", vecs*x.bytes)
	f.op("ADDQ $%d, %d(DI)", vecs*x.bytes, tilePassed)
	f.op("DECQ R12")
	f.op("JNZ panel")
	f.op("VZEROUPPER")
	f.op("RET")
	if x.narrow != nil {
		x.narrowEpilogue(f, rows, vecs, acc)
	}
}

// bias adds the bias to the sums if there is one. R9 is free behind the loop over the depth.
func (x *vectors) bias(f *file, rows, vecs int, acc func(r, v int) int) {
	f.op("MOVQ %d(DI), R9", tileBias)
	f.op("TESTQ R9, R9")
	f.op("JZ biased")
	f.op("ADDQ %d(DI), R9", tilePassed)
	for v := range vecs {
		x.loadB(f, v, vecs, fmt.Sprintf("%d(R9)", v*x.bytes))
	}
	for r := range rows {
		for v := range vecs {
			x.addB(f, v, acc(r, v))
		}
	}
	f.p("biased:")
}

// narrowEpilogue stores the sums as bfloat16 where the tile's `out` points. R14 is free, too.
func (x *vectors) narrowEpilogue(f *file, rows, vecs int, acc func(r, v int) int) {
	f.p("narrow:")
	f.op("MOVQ %d(DI), R9", tilePassed)
	f.op("SHRQ $1, R9")
	f.op("ADDQ %d(DI), R9", tileOut)
	f.op("MOVQ %d(DI), R14", tileOutRow)
	f.pointers("R9", "R14", (rows+2)/3)
	for r := range rows {
		for v := range vecs {
			x.narrow(f, v, vecs, acc(r, v), fmt.Sprintf("%d%s", v*x.bytes/2, rowOf(r, heads, "R14")))
		}
	}
	f.op("JMP next")
}
