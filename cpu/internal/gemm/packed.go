package gemm

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/spare"
)

// Packed is an operand B [K, N], or a batch of them, rearranged for use in any number of products.
type Packed[T Element] struct {
	engine      *engine[T]
	k, n, batch int
	matrix      int // elements of data for each matrix
	data        []float32
	buffer      []float32 // the memory of data
}

// Pack rearranges B [k, n]; batch is the number of matrices, 0 counting as 1. It panics where B
// does not reach as far as that.
func Pack[T Element](b Operand[T], k, n, batch int) *Packed[T] {
	return packFor(engineOf[T](), b, k, n, batch)
}

func packFor[T Element](e *engine[T], b Operand[T], k, n, batch int) *Packed[T] {
	p := &Packed[T]{engine: e}
	p.Refill(b, k, n, batch)
	return p
}

// Refill makes p hold another operand, as Pack does, in the memory that it has if that is enough.
// The zero Packed may be filled too.
func (p *Packed[T]) Refill(b Operand[T], k, n, batch int) {
	if p.engine == nil {
		p.engine = engineOf[T]()
	}
	if k < 0 || n < 0 || batch < 0 {
		panic(fmt.Errorf("gemm: packing [%d, %d], batch %d: sizes must not be negative", k, n, batch))
	}
	p.k, p.n, p.batch = k, n, max(batch, 1)
	p.matrix = packedSize(p.engine, k, n)
	p.data = grow(&p.buffer, p.batch*p.matrix)
	p.fill(nil, b)
}

// fill packs the operand into p.data.
func (p *Packed[T]) fill(pool *parallel.Pool, b Operand[T]) {
	if p.k == 0 || p.n == 0 {
		return
	}
	if err := b.check(p.k, p.n, p.batch); err != nil {
		panic(fmt.Errorf("gemm: packing [%d, %d], batch %d: the operand %w", p.k, p.n, p.batch, err))
	}
	calls := callsOf[T]()
	c := calls.Get()
	c.packing = Product[T]{N: p.n, K: p.k, Batch: p.batch, B: b}
	c.begin(&c.packing, p.engine)
	for c.batch = range p.batch {
		c.strip = strip{end: c.cols.panels, vecs: c.cols.vecs, data: p.data[c.batch*p.matrix : (c.batch+1)*p.matrix]}
		c.packEach = 1
		pool.For(c.packParts(&c.strip, c.packEach), c.packTask)
	}
	c.end()
	c.packing = Product[T]{}
	calls.Put(c)
}

// PackedSize is the number of float32 that PackInto fills for B [k, n].
func PackedSize[T Element](k, n int) int { return packedSize(engineOf[T](), k, n) }

func packedSize[T Element](e *engine[T], k, n int) int {
	return e.units(k) * ((n + e.lanes - 1) / e.lanes * e.lanes)
}

// PackInto rearranges B [k, n] in data, which begins at a cache line. It panics where B does not
// reach as far as that, or data has fewer elements than PackedSize.
func PackInto[T Element](pool *parallel.Pool, data []float32, b Operand[T], k, n int) {
	p := PackedIn[T](data, k, n)
	p.fill(pool, b)
}

// PackedIn is the operand [k, n] that PackInto has left in data.
func PackedIn[T Element](data []float32, k, n int) Packed[T] {
	e := engineOf[T]()
	size := packedSize(e, k, n)
	if len(data) < size {
		panic(fmt.Errorf("gemm: packing [%d, %d]: data has %d elements: must have %d", k, n, len(data), size))
	}
	return Packed[T]{engine: e, k: k, n: n, batch: 1, matrix: size, data: data}
}

// engineOf is the engine in use for elements of type T.
func engineOf[T Element]() *engine[T] {
	if e, ok := any(engineF32).(*engine[T]); ok {
		return e
	}
	return any(engineBF16).(*engine[T])
}

// callsOf are the spare calls for elements of type T.
func callsOf[T Element]() *spare.Stack[call[T]] {
	if c, ok := any(&callsF32).(*spare.Stack[call[T]]); ok {
		return c
	}
	return any(&callsBF16).(*spare.Stack[call[T]])
}
