package gemm

import "unsafe"

// tile is the argument of a tile kernel: a few rows of the result, in one or more panels of adjacent columns. The kernel computes
//
//	C[r, c] = Σ_d A[r, d]·B[d, c], or C[r, c] += …
//
// where a unit d of the depth is one element of k or, in bfloat16, a pair of them. Strides are in bytes. The assembly knows the
// offsets of the fields.
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
		for r := range rows {
			row := unsafe.Slice((*float32)(unsafe.Add(c, r*t.cRow)), lanes)
			sums := t.row(unsafe.Add(t.a, r*t.aRow), b, lanes)
			for i := range row {
				if t.accumulate != 0 {
					sums[i] += row[i]
				}
				row[i] = sums[i]
			}
		}
	}
}

// row sums over the depth for one row and one vector.
func (t *tile) row(a, b unsafe.Pointer, lanes int) (sums [portableLanes]float32) {
	if lanes < portableLanes {
		for d := range t.depth {
			v := *(*float32)(unsafe.Add(a, d*t.aDepth))
			for i, w := range unsafe.Slice((*float32)(unsafe.Add(b, d*t.bDepth)), lanes) {
				sums[i] += v * w
			}
		}
		return sums
	}
	var s0, s1, s2, s3 float32
	for d := range t.depth {
		v, w := *(*float32)(unsafe.Add(a, d*t.aDepth)), (*[portableLanes]float32)(unsafe.Add(b, d*t.bDepth))
		s0 += v * w[0]
		s1 += v * w[1]
		s2 += v * w[2]
		s3 += v * w[3]
	}
	return [portableLanes]float32{s0, s1, s2, s3}
}
