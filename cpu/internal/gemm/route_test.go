package gemm

import (
	"math/rand/v2"
	"testing"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// facts are what the rest of a call asks of its route, each as one condition: the oracle of the
// cases that [chooseB] and [chooseSums] name.
type facts struct{ direct, packs, inC, finished, rounds bool }

func factsOf[T Element](p *Product[T], e *engine[T]) (f facts) {
	f.direct = e.native && e.pair == 1 && p.Packed == nil && p.B.ColStride == 1 && p.M <= directRows && p.K > 0
	f.packs = !f.direct && p.Packed == nil && p.K > 0
	f.inC = p.C.F32 != nil && !(p.Epilogue.Accumulate && p.Epilogue.scaled()) && !p.C.overlaps(&p.Epilogue.Residual)
	f.finished = p.K > 0 && p.Epilogue.biasAlone() && (f.inC || e.narrows && p.C.BF16 != nil && !p.Epilogue.Accumulate)
	f.rounds = f.finished && p.C.BF16 != nil
	return f
}

// drawRoute is a product that reaches all routes; it is not to be computed.
func drawRoute[T Element](random *rand.Rand) *Product[T] {
	p := &Product[T]{M: pick(random, 1, directRows, directRows+1, 500), N: 8, K: pick(random, 0, 1, 400)}
	p.B.ColStride = pick(random, 0, 1, 1, 8)
	if rarely(random, 3) {
		p.Packed = &Packed[T]{}
	}
	c := make([]float32, 16)
	switch random.IntN(5) {
	case 0: // as for packing alone
	case 1, 2:
		p.C.F32 = c[:8]
	default:
		p.C.BF16 = make([]uint16, 8)
	}
	e := &p.Epilogue
	e.Scale, e.Accumulate = pick[float32](random, 0, 0, 1, 0.5), rarely(random, 2)
	if rarely(random, 2) {
		e.Bias = make([]float32, 8)
	}
	if rarely(random, 2) {
		return p
	}
	switch random.IntN(6) {
	case 0:
		e.Activation = ReLU
	case 1:
		e.ColScale = make([]float32, 8)
	case 2:
		e.Then = func(Tile) {}
	case 3:
		e.Residual.F32 = c[4:12] // overlaps C in part
	case 4:
		e.Residual.F32 = c[8:] // begins where C ends
	case 5:
		e.Residual.BF16 = make([]uint16, 8)
	}
	return p
}

func TestRoutes(t *testing.T) {
	random := rand.New(rand.NewPCG(testseed.Seed(t), 0))
	for _, e := range []*engine[float32]{
		portableF32,
		{pair: 1, native: true},
	} {
		checkRoutes(t, random, e)
	}
	for _, e := range []*engine[uint16]{
		portableBF16,
		{pair: 2, native: true},
		{pair: 2, native: true, narrows: true},
	} {
		checkRoutes(t, random, e)
	}
}

func checkRoutes[T Element](t *testing.T, random *rand.Rand, e *engine[T]) {
	t.Helper()
	type route struct {
		b    routeOfB
		sums routeOfSums
	}
	seen := map[route]int{}
	for range 10_000 {
		p := drawRoute[T](random)
		r := route{chooseB(p, e), chooseSums(p, e)}
		seen[r]++
		got := facts{
			direct: r.b == inPlace, packs: r.b == packedHere, inC: r.sums.inC(), finished: r.sums.finished(),
			rounds: r.sums == rounded,
		}
		if want := factsOf(p, e); got != want {
			t.Fatalf("%+v on an engine with pair %d, native %v, narrows %v: route %v is %+v, want %+v", *p, e.pair,
				e.native, e.narrows, r, got, want)
		}
		if r.b == packedBefore != (p.Packed != nil && p.K > 0) || r.b == noDepth != (p.K == 0) {
			t.Fatalf("%+v: B is on route %v", *p, r.b)
		}
	}
	for b := noDepth; b <= packedHere; b++ {
		for sums := inWorkspace; sums <= rounded; sums++ {
			never := b == inPlace && (!e.native || e.pair != 1) || b == noDepth &&
				(sums == inCWithBias || sums == rounded) ||
				sums == rounded && !e.narrows
			if n := seen[route{b, sums}]; (n == 0) != never {
				t.Errorf("pair %d, native %v, narrows %v: route (%v, %v) was drawn %d times; it cannot be: %v", e.pair,
					e.native, e.narrows, b, sums, n, never)
			}
		}
	}
}
