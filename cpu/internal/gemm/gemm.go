package gemm

import "github.com/dino-go/dino/cpu/internal/parallel"

// F32 computes a product of float32 matrices on the pool; nil means on the calling goroutine alone.
func F32(pool *parallel.Pool, p *Product[float32]) {
	p.check()
	run(pool, p)
}

// BF16 computes a product of bfloat16 matrices, with sums in float32.
func BF16(pool *parallel.Pool, p *Product[uint16]) {
	p.check()
	run(pool, p)
}

// run spreads the rows of the result.
func run[T Element](pool *parallel.Pool, p *Product[T]) {
	if p.M == 0 || p.N == 0 {
		return
	}
	const rows = 8
	blocks := (p.M + rows - 1) / rows
	pool.For(p.batch()*blocks, func(task int) {
		row := make([]float32, p.N)
		i0 := task % blocks * rows
		for i := i0; i < min(i0+rows, p.M); i++ {
			p.referenceRow(row, task/blocks, i)
		}
	})
}
