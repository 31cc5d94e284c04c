//go:build unix

package gemm

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// TestProductsStayInTheirMemory has all operands end where memory does: a kernel that reads or
// writes an element too many faults.
func TestProductsStayInTheirMemory(t *testing.T) {
	o := newOracle(t)
	random := rand.New(rand.NewPCG(testseed.Seed(t), 1))
	for range 60 {
		s := draw(random, false)
		s.M, s.N, s.K, s.Batch = min(s.M, 1+random.IntN(30)), min(s.N, 1+random.IntN(70)), min(s.K, 1+random.IntN(130)),
			min(s.Batch, 2)
		if err := stays(&o.f32, s); err != nil {
			t.Fatalf("%v\n%v", err, s)
		}
		if err := stays(&o.bf16, s); err != nil {
			t.Fatalf("%v\n%v", err, s)
		}
	}
}

func stays[T Element](k *kindOracle[T], s spec) error {
	p := build(s, k.data)
	var mapped guard
	defer mapped.free()
	p.A.Data, p.B.Data = atEnd(&mapped, p.A.Data, 0), atEnd(&mapped, p.B.Data, 0)
	p.C = guardedView(&mapped, p.C, s.C)
	e := &p.Epilogue
	e.Bias, e.ColScale = atEnd(&mapped, e.Bias, 0), atEnd(&mapped, e.ColScale, 0)
	if s.ResidualIsC {
		e.Residual = p.C
	} else {
		e.Residual = guardedView(&mapped, e.Residual, s.Residual)
	}
	for _, n := range k.engines {
		if err := computeSafely(k, p, n.engine); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	return nil
}

// computeSafely computes a product and says where it faults.
func computeSafely[T Element](k *kindOracle[T], p *Product[T], e *engine[T]) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("%v", failure)
		}
	}()
	multiply(nil, p, e, &k.calls)
	return nil
}

// guardedView is a view whose last element is the last of its memory.
func guardedView(g *guard, v View, l place) View {
	v.F32, v.BF16 = atEnd(g, v.F32, l.Gap+1), atEnd(g, v.BF16, l.Gap+1)
	return v
}

// guard is memory with a page after each part of it that may not be touched.
type guard struct{ regions [][]byte }

func (g *guard) free() {
	for _, r := range g.regions {
		if err := unix.Munmap(r); err != nil {
			panic(err)
		}
	}
}

// atEnd is a copy of a slice, but for its last elements, that ends at the end of accessible memory;
// nil remains nil.
func atEnd[E Element](g *guard, s []E, without int) []E {
	if s == nil {
		return nil
	}
	s = s[:max(len(s)-without, 0)]
	page, size := unix.Getpagesize(), len(s)*int(unsafe.Sizeof(*new(E)))
	pages := (size + page - 1) / page
	region, err := unix.Mmap(-1, 0, (pages+1)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	g.regions = append(g.regions, region)
	if err := unix.Mprotect(region[pages*page:], unix.PROT_NONE); err != nil {
		panic(err)
	}
	moved := unsafe.Slice((*E)(unsafe.Pointer(&region[pages*page-size])), len(s)+1)[:len(s):len(s)]
	copy(moved, s)
	return moved
}
