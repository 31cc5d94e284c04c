//go:build unix

package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dino-go/dino/cpu/internal/isa"
	"github.com/dino-go/dino/cpu/internal/parallel"
)

// BenchmarkPeak runs the largest tile over one and the same element of A and row of B: what the
// multipliers of one core can do.
func BenchmarkPeak(b *testing.B) {
	b.Run("f32", func(b *testing.B) { benchmarkPeak(b, engineF32) })
	b.Run("bf16", func(b *testing.B) { benchmarkPeak(b, engineBF16) })
}

func benchmarkPeak[T Element](b *testing.B, e *engine[T]) {
	buffer := aligned(1024)
	p := unsafe.Pointer(&buffer[0])
	t := &tile{a: p, b: p, c: p, cRow: e.vecs * e.lanes * 4, depth: 1 << 15, panels: 1, lanes: e.lanes}
	bench(b, 2*e.rows*e.vecs*e.lanes*t.depth*e.pair, func() { e.tiles[e.rows][e.vecs](t) })
}

// bench runs a product and reports its speed by the clock, and by the time that all cores spent on
// it, which other programs on the machine disturb less.
func bench(b *testing.B, flops int, run func()) {
	run() // allocates the workspaces
	before := cpuTime(b)
	for b.Loop() {
		run()
	}
	spent := cpuTime(b) - before
	total := float64(flops) * float64(b.N) / 1e9
	b.ReportMetric(total/b.Elapsed().Seconds(), "GFLOP/s")
	b.ReportMetric(total/spent.Seconds(), "GFLOP/core-s")
}

func cpuTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkProduct has the products of vision transformers: rows·columns·depth, in batches; letters
// say which operand is transposed.
func BenchmarkProduct(b *testing.B) {
	pool := parallel.New(0)
	defer pool.Close()
	for _, s := range []struct {
		m, n, k, batch int
		layout         string
	}{
		{1024, 1024, 1024, 1, "nn"},
		{1576, 1152, 384, 1, "nt"},
		{1576, 384, 384, 1, "nt"},
		{1576, 1536, 384, 1, "nt"},
		{1576, 384, 1536, 1, "nt"},
		{1576, 384, 1536, 1, "nn"},
		{384, 1536, 1576, 1, "tn"},
		{384, 384, 1576, 1, "tn"},
		{197, 1152, 384, 1, "nt"},
		{197, 1536, 384, 1, "nt"},
		{197, 384, 1536, 1, "nt"},
		{197, 197, 64, 48, "nt"},
		{197, 64, 197, 48, "nn"},
		{197, 64, 197, 48, "tn"},
		{37, 37, 64, 288, "nt"},
		{37, 64, 37, 288, "nn"},
		{17, 17, 16, 192, "nt"},
		{17, 16, 17, 192, "nn"},
		{16, 16, 16, 1000, "nn"},
		{80, 48, 48, 1, "nt"},
		{80, 192, 48, 1, "nt"},
		{340, 192, 192, 1, "nt"},
		{80, 16384, 256, 1, "nt"},
		{80, 256, 16384, 1, "nn"},
	} {
		name := fmt.Sprintf("%dx%dx%d/b%d/%s", s.m, s.n, s.k, s.batch, s.layout)
		b.Run("f32/"+name, func(b *testing.B) {
			p := plainProduct(s.m, s.n, s.k, s.batch, s.layout, float32s)
			bench(b, 2*s.m*s.n*s.k*s.batch, func() { F32(pool, p) })
		})
		b.Run("bf16/"+name, func(b *testing.B) {
			p := plainProduct(s.m, s.n, s.k, s.batch, s.layout, bf16s)
			bench(b, 2*s.m*s.n*s.k*s.batch, func() { BF16(pool, p) })
		})
	}
}

// BenchmarkLevels has one large product for every instruction set.
func BenchmarkLevels(b *testing.B) {
	for _, level := range isa.Available() {
		b.Run("f32/"+level.String(), func(b *testing.B) { benchmarkLevel(b, enginesF32()[level], float32s) })
		b.Run("bf16/"+level.String(), func(b *testing.B) { benchmarkLevel(b, enginesBF16()[level], bf16s) })
	}
}

func benchmarkLevel[T Element](b *testing.B, e *engine[T], data func(*rand.Rand, int) []T) {
	p := plainProduct(394, 384, 384, 1, "nt", data)
	c := newCall[T]()
	bench(b, 2*p.M*p.N*p.K, func() {
		c.begin(p, e)
		c.compute(nil)
	})
}
