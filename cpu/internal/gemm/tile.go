package gemm

import "unsafe"

// tile is the argument of a tile kernel: a few rows of the result, in one or more panels of
// adjacent columns. The kernel computes
//
//	C[r, c] = Σ_d A[r, d]·B[d, c], or C[r, c] += …
//
// where a unit d of the depth is one element of k or, in bfloat16, a pair of them. Strides are in
// bytes. The assembly knows the offsets of the fields.
type tile struct {
	a            unsafe.Pointer
	aRow, aDepth int
	b            unsafe.Pointer
	bDepth       int // from one unit of the depth to the next
	bPanel       int // from one panel to the next
	c            unsafe.Pointer
	cRow         int
	depth        int // units, at least 1
	panels       int // at least 1, all of the same number of vectors
	lanes        int // columns of the last vector of the last panel, at least 1
	accumulate   int // 1: add to C
	// Where a kernel rounds to bfloat16 itself, it stores the sums at out instead of c; before that
	// it adds the bias if there is one.
	out    unsafe.Pointer
	outRow int
	bias   unsafe.Pointer
	passed int // the kernel's: bytes of the bias that belong to the panels before
}

// tileTable holds kernels by number of rows and number of vectors of a panel.
type tileTable [9][4]func(*tile)

const (
	portableRows  = 4
	portableLanes = 4
)

var tilesPortable = func() (t tileTable) {
	for r := range portableRows {
		t[r+1][1] = func(t *tile) { tilePortable(t, r+1) }
	}
	return t
}()

// tilePortable computes a tile of the given rows and panels of one vector of four columns.
func tilePortable(t *tile, rows int) {
	for panel := range t.panels {
		lanes := portableLanes
		if panel == t.panels-1 {
			lanes = t.lanes
		}
		b := unsafe.Add(t.b, panel*t.bPanel)
		c := unsafe.Add(t.c, panel*portableLanes*4)
		var sums [portableRows][portableLanes]float32
		if rows == portableRows && lanes == portableLanes {
			t.square(&sums, b)
		} else {
			t.part(&sums, b, rows, lanes)
		}
		for r := range rows {
			row := unsafe.Slice((*float32)(unsafe.Add(c, r*t.cRow)), lanes)
			for i := range row {
				if t.accumulate != 0 {
					sums[r][i] += row[i]
				}
				if t.bias != nil {
					sums[r][i] += *(*float32)(unsafe.Add(t.bias, (panel*portableLanes+i)*4))
				}
				row[i] = sums[r][i]
			}
		}
	}
}

// part sums over the depth for some rows and columns.
func (t *tile) part(sums *[portableRows][portableLanes]float32, b unsafe.Pointer, rows, lanes int) {
	for d := range t.depth {
		line := unsafe.Slice((*float32)(unsafe.Add(b, d*t.bDepth)), lanes)
		for r := range rows {
			v := *(*float32)(unsafe.Add(t.a, r*t.aRow+d*t.aDepth))
			for i, w := range line {
				sums[r][i] += v * w
			}
		}
	}
}

// square is part for all rows and columns, half of them at a time so that the sums stay in
// registers.
func (t *tile) square(sums *[portableRows][portableLanes]float32, b unsafe.Pointer) {
	for r := 0; r < portableRows; r += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 float32
		for d := range t.depth {
			w := (*[portableLanes]float32)(unsafe.Add(b, d*t.bDepth))
			v0 := *(*float32)(unsafe.Add(t.a, r*t.aRow+d*t.aDepth))
			v1 := *(*float32)(unsafe.Add(t.a, (r+1)*t.aRow+d*t.aDepth))
			s00 += v0 * w[0]
			s01 += v0 * w[1]
			s02 += v0 * w[2]
			s03 += v0 * w[3]
			s10 += v1 * w[0]
			s11 += v1 * w[1]
			s12 += v1 * w[2]
			s13 += v1 * w[3]
		}
		sums[r], sums[r+1] = [portableLanes]float32{s00, s01, s02, s03}, [portableLanes]float32{s10, s11, s12, s13}
	}
}
