package gemm

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// countingTiles are the sizes of tiles that engines have: rows, lanes, vectors.
var countingTiles = [][3]int{{portableRows, portableLanes, 1}, {6, 8, 2}, {8, 16, 3}}

// countingF32 are engines with tiles of the sizes of all instruction sets, in plain Go, on any
// machine. Their kernels count what they write to C.
func countingF32() (all []named[float32]) {
	for _, s := range countingTiles {
		w := &writes{}
		e := &engine[float32]{
			rows: s[0], lanes: s[1], vecs: s[2], pair: 1, native: true, tiles: w.tiles(s, 1),
			pack: packF32,
		}
		all = append(all, named[float32]{fmt.Sprint("f32/counting ", s), e, w})
	}
	return all
}

// countingBF16 has each size of tiles for single elements and for pairs.
func countingBF16() (all []named[uint16]) {
	for _, s := range countingTiles {
		w := &writes{}
		e := &engine[uint16]{rows: s[0], lanes: s[1], vecs: s[2], pair: 1, tiles: w.tiles(s, 1), pack: packWide}
		all = append(all, named[uint16]{fmt.Sprint("bf16/counting ", s), e, w})
		w = &writes{}
		e = &engine[uint16]{
			rows: s[0], lanes: s[1], vecs: s[2], pair: 2, native: true, narrows: true,
			tiles: w.tiles(s, 2),
		}
		e.pack = func(_ *workspace, dst []float32, width int, s source[uint16]) { packPairs(dst, width, s) }
		all = append(all, named[uint16]{fmt.Sprint("bf16/counting pairs ", s), e, w})
	}
	return all
}

// writes counts how often each element of C is written, in the slice that begins at an address and
// has elements of some bytes.
type writes struct {
	first  uintptr
	size   uintptr
	counts []atomic.Int32
	bad    atomic.Int32 // first writes that add, and later ones that do not
	adds   bool         // the first write should add
}

// watch counts what is written to a view from here on.
func (w *writes) watch(v *View, adds bool) {
	if v.F32 != nil {
		w.first, w.size = uintptr(unsafe.Pointer(&v.F32[0])), 4
	} else {
		w.first, w.size = uintptr(unsafe.Pointer(&v.BF16[0])), 2
	}
	w.counts = make([]atomic.Int32, max(len(v.F32), len(v.BF16)))
	w.bad.Store(0)
	w.adds = adds
}

// note counts a write, unless it goes elsewhere.
func (w *writes) note(to unsafe.Pointer, adds bool) {
	at := (uintptr(to) - w.first) / w.size
	if uintptr(to) < w.first || at >= uintptr(len(w.counts)) {
		return
	}
	if first := w.counts[at].Add(1) == 1; w.size == 4 && adds != (w.adds || !first) {
		w.bad.Add(1)
	}
}

// check wants so many writes to each element of C, and none elsewhere in its slice.
func (w *writes) check(v *View, to sizes, want int) error {
	_, n, _ := to.sizes()
	for at := range v.rows(to) {
		for i := range n {
			if got := w.counts[at+i].Load(); int(got) != want {
				return fmt.Errorf("element %d of C's slice was written %d times, want %d", at+i, got, want)
			}
			w.counts[at+i].Store(0)
		}
	}
	for at := range w.counts {
		if n := w.counts[at].Load(); n != 0 {
			return fmt.Errorf("element %d of C's slice belongs to no row and was written %d times", at, n)
		}
	}
	if n := w.bad.Load(); n > 0 {
		return fmt.Errorf("%d writes to C do not begin the sum, or not continue it", n)
	}
	return nil
}

// tiles are kernels for tiles of up to some rows and vectors.
func (w *writes) tiles(s [3]int, pair int) *tileTable {
	var table tileTable
	for rows := 1; rows <= s[0]; rows++ {
		for vecs := 1; vecs <= s[2]; vecs++ {
			table[rows][vecs] = func(t *tile) { w.tile(t, rows, vecs, s[1], pair) }
		}
	}
	return &table
}

// tile computes a tile as its documentation says.
func (w *writes) tile(t *tile, rows, vecs, lanes, pair int) {
	for panel := range t.panels {
		cols := vecs * lanes
		if panel == t.panels-1 {
			cols = (vecs-1)*lanes + t.lanes
		}
		for r := range rows {
			for j := range cols {
				sum := t.sum(unsafe.Add(t.a, r*t.aRow), unsafe.Add(t.b, panel*t.bPanel+j*4), pair)
				column := panel*vecs*lanes + j
				to := (*float32)(unsafe.Add(t.c, r*t.cRow+column*4))
				if t.accumulate != 0 {
					sum += *to
				}
				if t.bias != nil {
					sum += *(*float32)(unsafe.Add(t.bias, column*4))
				}
				if t.out == nil {
					w.note(unsafe.Pointer(to), t.accumulate != 0)
					*to = sum
					continue
				}
				out := unsafe.Add(t.out, r*t.outRow+column*2)
				w.note(out, false)
				vec.ToBF16(unsafe.Slice((*uint16)(out), 1), []float32{sum})
			}
		}
	}
}

// sum is the sum for one row of A and one column of B. No pointer leaves these, not even after the
// last element: the garbage collector stops a program that has one.
func (t *tile) sum(a, b unsafe.Pointer, pair int) (sum float32) {
	for d := range t.depth {
		v, w := *(*float32)(unsafe.Add(a, d*t.aDepth)), *(*float32)(unsafe.Add(b, d*t.bDepth))
		if pair == 1 {
			sum += v * w
		} else {
			x, y := math.Float32bits(v), math.Float32bits(w)
			low := math.Float32frombits(x<<16) * math.Float32frombits(y<<16)
			sum += low + math.Float32frombits(x&^0xffff)*math.Float32frombits(y&^0xffff)
		}
	}
	return sum
}
