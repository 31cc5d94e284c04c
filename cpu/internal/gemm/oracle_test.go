package gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/dino-go/dino/cpu/internal/isa"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/spare"
	"github.com/dino-go/dino/cpu/internal/testseed"
)

// TestProducts draws products where the ways to compute them change, and compares every engine, on
// one thread, with the definition, and on any number of threads bit for bit with one thread. A
// product that is wrong is made simpler and printed as a line for foundProducts.
func TestProducts(t *testing.T) {
	o, count := newOracle(t), 400
	if os.Getenv("DINO_LONG") == "1" {
		o.thorough, count = true, 3000
	}
	random := rand.New(rand.NewPCG(testseed.Seed(t), 0))
	for range count {
		s := draw(random, o.thorough)
		threads := oracleThreads
		if !o.thorough {
			threads = []int{pick(random, oracleThreads...), pick(random, oracleThreads...)}
		}
		if !o.holds(t, s, threads) {
			return
		}
	}
}

// foundProducts are products that were wrong once.
var foundProducts = []spec{
	// Rows of tasks began inside of tiles of A that was packed before: tiles of 6 and 4 rows, and
	// of 8.
	{M: 57, N: 327, K: 48, A: layout{Kind: transposed}},
	{M: 19, N: 233, K: 148, A: layout{Kind: transposed}},
	{M: 13, N: 293, K: 94, A: layout{Kind: transposed}},
	{M: 36, N: 1924, K: 4, A: layout{Kind: transposed}},
	{M: 25, N: 2098, K: 5, A: layout{Kind: transposed}},
	{M: 38, N: 863, K: 8, A: layout{Kind: sparse}},
	{M: 17, N: 481, K: 2, Batch: 17, A: layout{Kind: sparseTurned}},
}

// edgeProducts are at the ends of what there is, which draws may miss.
var edgeProducts = []spec{
	{M: 0, N: 5, K: 3},
	{M: 5, N: 0, K: 3},
	{M: 5, N: 6, K: 0},
	{M: 5, N: 6, K: 0, Accumulate: true},
	{M: 9, N: 50, K: 0, Accumulate: true, Bias: true, Scale: 0.5, C: place{BF16: true}},
	{M: 100, N: 501, K: 0, HasResidual: true, Then: true, Packed: true},
	{M: 1, N: 1, K: 1, Packed: true, A: layout{Kind: transposed}},
	{M: 3, N: 100, K: 1, Accumulate: true, Bias: true},
	{M: 65, N: 49, K: 2*depthBlock + 1, Accumulate: true, A: layout{Kind: transposed}},
	{M: 9, N: 97, K: 4*depthBlock + 1, C: place{BF16: true}, Bias: true, B: layout{Kind: transposed}},
	{M: 20, N: 60, K: depthBlock + 5, ResidualIsC: true, Accumulate: true, Scale: 0.5},
	{M: 20, N: 600, K: 40, Residual: place{BF16: true, Gap: 1}, HasResidual: true, ColScale: true},
	{M: 40, N: 490, K: 100, Batch: 3, Packed: true, B: layout{One: true}, C: place{Turned: true, First: 1}},
	{M: 40, N: 490, K: 100, Batch: 3, Packed: true, Bias: true, Activation: GELU},
}

func TestKnownProducts(t *testing.T) {
	o := newOracle(t)
	o.thorough = true
	for _, s := range slices.Concat(edgeProducts, foundProducts) {
		o.holds(t, s, oracleThreads)
	}
}

var oracleThreads = []int{2, 3, 4, 7, 8, 16, 64}

// oracle has the engines under test.
type oracle struct {
	pools map[int]*parallel.Pool
	f32   kindOracle[float32]
	bf16  kindOracle[uint16]
	// each product by all engines; otherwise by those of one type of elements, and one of those
	// that count
	thorough bool
}

// kindOracle has those of one type of elements.
type kindOracle[T Element] struct {
	data     func(*rand.Rand, int) []T
	engines  []named[T] // of the instruction sets of this machine
	counting []named[T]
	calls    spare.Stack[call[T]]
}

// named is an engine with its name, and what its kernels count if they do.
type named[T Element] struct {
	name   string
	engine *engine[T]
	writes *writes
}

func newOracle(t *testing.T) *oracle {
	o := &oracle{pools: map[int]*parallel.Pool{1: nil}}
	for _, n := range oracleThreads {
		o.pools[n] = parallel.New(n)
		t.Cleanup(o.pools[n].Close)
	}
	o.f32 = kindOracle[float32]{data: float32s, engines: engines("f32", enginesF32()), counting: countingF32()}
	o.bf16 = kindOracle[uint16]{data: bf16s, engines: engines("bf16", enginesBF16()), counting: countingBF16()}
	o.f32.calls.New, o.bf16.calls.New = newCall[float32], newCall[uint16]
	return o
}

// engines are those of the instruction sets of this machine, each once.
func engines[T Element](kind string, levels map[isa.Level]*engine[T]) (all []named[T]) {
	for _, level := range isa.Available() {
		if e := levels[level]; !slices.ContainsFunc(all, func(n named[T]) bool { return n.engine == e }) {
			all = append(all, named[T]{name: kind + "/" + level.String(), engine: e})
		}
	}
	return all
}

// holds says whether all engines compute a product right on so many threads; if not it fails the
// test.
func (o *oracle) holds(t *testing.T, s spec, threads []int) bool {
	t.Helper()
	check := func(s spec) error { return o.check(s, threads) }
	err := check(s)
	if err == nil {
		return true
	}
	s, err = simplest(s, err, check)
	t.Errorf("%v\n%v,", err, s)
	return false
}

func (o *oracle) check(s spec, threads []int) error {
	if o.thorough || s.Seed%2 == 0 {
		if err := o.f32.check(o, s, threads); err != nil {
			return err
		}
	}
	if o.thorough || s.Seed%2 == 1 {
		return o.bf16.check(o, s, threads)
	}
	return nil
}

// check compares a product of all engines with its definition, and on several threads with one.
func (k *kindOracle[T]) check(o *oracle, s spec, threads []int) error {
	p := build(s, k.data)
	want := reference(p)
	for _, e := range k.enginesFor(s, o.thorough) {
		one, err := k.run(e, s, p, nil)
		if err == nil {
			err = compare(p, one, want)
		}
		if err != nil {
			return fmt.Errorf("%s, one thread: %w", e.name, err)
		}
		for _, n := range threads {
			c, err := k.run(e, s, p, o.pools[n])
			if err == nil {
				err = sameBits(c, one)
			}
			if err != nil {
				return fmt.Errorf("%s, %d threads: %w", e.name, n, err)
			}
		}
	}
	return nil
}

// enginesFor are the engines that a product is computed with: the slow ones that count only for
// small ones, and not each for each.
func (k *kindOracle[T]) enginesFor(s spec, all bool) []named[T] {
	const mostCounted = 4 * taskWork
	switch {
	case s.M*s.N*s.K*max(s.Batch, 1) > mostCounted:
		return k.engines
	case all:
		return slices.Concat(k.engines, k.counting)
	}
	return append(slices.Clone(k.engines), k.counting[s.Seed/2%uint64(len(k.counting))])
}

// run computes a product that has C, and perhaps the residual, for itself, and returns C.
func (k *kindOracle[T]) run(e named[T], s spec, p *Product[T], pool *parallel.Pool) (*View, error) {
	q := copyOf(p)
	if s.Packed && p.N > 0 {
		batch := p.batch()
		if p.B.Offsets == nil {
			batch = 1
		}
		q.Packed = packFor(e.engine, p.B, p.K, p.N, batch)
	}
	tiles := newCover(q)
	if e.writes != nil {
		e.writes.watch(&q.C, p.Epilogue.Accumulate)
	}
	multiply(pool, q, e.engine, &k.calls)
	if err := tiles.check(); err != nil {
		return nil, err
	}
	if e.writes != nil {
		return &q.C, e.writes.check(&q.C, p, kernelWrites(q, e.engine))
	}
	return &q.C, nil
}

// kernelWrites is how often kernels should write each element of C: once for each block of the
// depth, or once at the end where they round, and never if the sums go to the workspace first.
func kernelWrites[T Element](p *Product[T], e *engine[T]) int {
	c := newCall[T]()
	if p.M == 0 || p.N == 0 {
		return 0
	}
	switch c.begin(p, e); {
	case c.sums == rounded:
		return 1
	case !c.sums.inC():
		return 0
	}
	n := 0
	for d := 0; d < c.units; d += c.depthAt(d) {
		n++
	}
	return n
}

// copyOf returns a product with its own C, which is also its residual where it was.
func copyOf[T Element](p *Product[T]) *Product[T] {
	q := *p
	q.C.F32, q.C.BF16 = slices.Clone(p.C.F32), slices.Clone(p.C.BF16)
	r := &q.Epilogue.Residual
	switch {
	case len(r.F32) > 0 && len(p.C.F32) > 0 && &r.F32[0] == &p.C.F32[0]:
		r.F32 = q.C.F32
	case len(r.BF16) > 0 && len(p.C.BF16) > 0 && &r.BF16[0] == &p.C.BF16[0]:
		r.BF16 = q.C.BF16
	}
	return &q
}

// compare wants every element of C as near to the definition as its sum can be, and what lies
// between the rows as it was.
func compare[T Element](p *Product[T], got *View, want []result) error {
	row, rest := 0, copyOf(p).C
	for at := range got.rows(p) {
		for j, w := range want[row*p.N : (row+1)*p.N] {
			if g := got.number(at + j); !(math.Abs(g-w.want) <= w.bound) {
				return fmt.Errorf("element (%d, %d) of matrix %d is %g, want %g ± %g", row%p.M, j, row/p.M, g, w.want,
					w.bound)
			}
		}
		row++
		if got.F32 != nil {
			copy(rest.F32[at:at+p.N], got.F32[at:])
		} else {
			copy(rest.BF16[at:at+p.N], got.BF16[at:])
		}
	}
	if err := sameBits(got, &rest); err != nil {
		return fmt.Errorf("between the rows of C: %w", err)
	}
	return nil
}

// sameBits wants two slices of C to have the same bits.
func sameBits(got, want *View) error {
	for i, w := range want.F32 {
		if g := got.F32[i]; math.Float32bits(g) != math.Float32bits(w) {
			return fmt.Errorf("element %d of the slice is %g, want %g", i, g, w)
		}
	}
	for i, w := range want.BF16 {
		if g := got.BF16[i]; g != w {
			return fmt.Errorf("element %d of the slice is %g, want %g", i, toFloat32(g), toFloat32(w))
		}
	}
	return nil
}
