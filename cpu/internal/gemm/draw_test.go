package gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// draw makes a product whose sizes lie about where the way to compute it changes, with a few
// million multiplications or a few hundred thousand.
func draw(random *rand.Rand, large bool) spec {
	most := 4 * taskWork
	if large {
		most *= 4
	}
	s := drawSizes(random, most)
	s.Seed = random.Uint64N(1000)
	s.A, s.B = drawLayout(random), drawLayout(random)
	s.C = drawPlace(random)
	s.Packed = rarely(random, 4)
	s.Accumulate = rarely(random, 2)
	s.Bias = rarely(random, 2)
	if random.IntN(2) == 0 { // what the kernels finish themselves
		return s
	}
	s.Scale = pick[float32](random, 0, 1, 0.5)
	s.Activation = pick(random, Identity, Identity, GELU, GELUTanh, ReLU, SiLU, Tanh)
	s.ColScale = rarely(random, 2)
	switch random.IntN(4) {
	case 0:
		s.HasResidual, s.Residual = true, drawPlace(random)
	case 1:
		s.ResidualIsC = true
	}
	s.Then = rarely(random, 2)
	return s
}

func pick[E any](random *rand.Rand, of ...E) E { return of[random.IntN(len(of))] }

func rarely(random *rand.Rand, oneOf int) bool { return random.IntN(oneOf) == 0 }

// around is a number near one of some, at most two from a multiple of it.
func around(random *rand.Rand, of ...int) int {
	return max(pick(random, of...)*(1+random.IntN(3))+random.IntN(5)-2, 0)
}

// drawSizes draws from several ranges: each is where some of the limits of computeMatrix and divide
// lie. A product of several strips of B may have more than the given number of multiplications.
func drawSizes(random *rand.Rand, most int) (s spec) {
	prime := func() int {
		return pick(random, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
			97, 101, 127, 211)
	}
	rows := func() int { // about tiles, blocks and directRows
		return pick(random, around(random, 4, 6, 8), around(random, directRows, blockRows), random.IntN(140), prime())
	}
	cols := func() int { // about lanes, panels and blocks
		return pick(random, around(random, 4, 8, 16, 48), around(random, 40, 160, 480), 100+random.IntN(700), prime())
	}
	depth := func() int { // about the blocks of the depth, and of what is packed at once
		return pick(random, random.IntN(4), around(random, packUnits, 2*packUnits), around(random, depthBlock),
			random.IntN(300), prime())
	}
	switch random.IntN(10) {
	case 0, 1: // tiny, in batches
		return spec{M: random.IntN(20), N: random.IntN(40), K: random.IntN(30), Batch: random.IntN(6)}
	case 2: // batches about the number of threads
		s = spec{M: rows(), N: cols(), K: depth(), Batch: around(random, 4, 8, 16)}
		s.K = min(s.K, 1+most/(s.Batch*max(s.M*s.N, 1)+1))
		return s
	case 3: // matrices about the size of a task
		s = spec{M: 1 + random.IntN(90), N: 1 + random.IntN(90), Batch: 1 + random.IntN(12)}
		s.K = max(around(random, taskWork/(s.M*s.N*s.Batch)+1), 1)
		s.K = min(s.K, 2*depthBlock)
		return s
	case 4: // few rows of large B, in several strips or in panels that are packed by their tasks
		if rarely(random, 8) {
			s.M, s.N, s.K = 1+random.IntN(3), 1000+random.IntN(3000), 0
			s.K = stripSize/s.N + random.IntN(200)
			return s
		}
		s.M, s.N = 1+random.IntN(40), 800+random.IntN(2500)
	case 5: // many rows
		s.M, s.N = around(random, fewRows, fewRows/3), 1+random.IntN(200)
	default:
		s.M, s.N = rows(), cols()
		s.Batch = random.IntN(3)
	}
	s.K = min(depth(), most/(max(s.M*s.N, 1)*max(s.Batch, 1)))
	return s
}

// drawLayout favours what products of networks have: row by row, and transposed.
func drawLayout(random *rand.Rand) layout {
	l := layout{Kind: pick(random, rowMajor, transposed, transposed)}
	if rarely(random, 4) {
		l.Kind = kind(random.IntN(int(kinds)))
	}
	if rarely(random, 2) {
		l.Gap, l.First = random.IntN(4), random.IntN(4)
	}
	l.One = rarely(random, 3)
	return l
}

func drawPlace(random *rand.Rand) place {
	v := place{BF16: rarely(random, 2)}
	if rarely(random, 2) {
		v.Gap, v.First, v.Turned = random.IntN(4), random.IntN(4), rarely(random, 2)
	}
	return v
}

// simplest makes a spec with which a check fails smaller and plainer, as long as it fails.
func simplest(s spec, err error, check func(spec) error) (spec, error) {
	for tries := 0; tries < 300; {
		found := false
		for _, next := range simpler(s) {
			tries++
			if failure := check(next); failure != nil {
				s, err, found = next, failure, true
				break
			}
		}
		if !found {
			break
		}
	}
	return s, err
}

// simpler are specs that are a step simpler.
func simpler(s spec) (all []spec) {
	step := func(change func(*spec)) {
		next := s
		if change(&next); next != s {
			all = append(all, next)
		}
	}
	step(func(s *spec) { s.Then, s.Residual, s.HasResidual, s.ResidualIsC = false, place{}, false, false })
	step(func(s *spec) { s.Activation, s.ColScale, s.Scale = 0, false, 0 })
	step(func(s *spec) { s.Accumulate = false })
	step(func(s *spec) { s.Bias = false })
	step(func(s *spec) { s.Packed = false })
	step(func(s *spec) { s.C = place{} })
	step(func(s *spec) { s.A = layout{} })
	step(func(s *spec) { s.B = layout{} })
	step(func(s *spec) { s.A = layout{Kind: s.A.Kind} })
	step(func(s *spec) { s.B = layout{Kind: s.B.Kind} })
	step(func(s *spec) { s.C = place{BF16: s.C.BF16} })
	step(func(s *spec) { s.Batch, s.Seed = 0, 0 })
	for _, size := range []func(*spec) *int{
		func(s *spec) *int { return &s.K }, func(s *spec) *int { return &s.N }, func(s *spec) *int { return &s.M },
		func(s *spec) *int { return &s.Batch },
	} {
		step(func(s *spec) { *size(s) /= 2 })
		step(func(s *spec) { *size(s) -= (*size(s) + 7) / 8 })
		step(func(s *spec) { *size(s) = max(*size(s)-1, 0) })
	}
	return all
}

// TestSimplest checks that a made-up fault is reduced to its smallest product, and printed as Go.
func TestSimplest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		s := draw(random, false)
		s.M, s.A.Kind = s.M+9, transposed
		got, err := simplest(s, nil, func(s spec) error {
			if s.M > 8 && s.A.Kind == transposed {
				return fmt.Errorf("M is %d", s.M)
			}
			return nil
		})
		if want := "{M: 9, A: layout{Kind: 1}}"; got.String() != want || err == nil || err.Error() != "M is 9" {
			t.Errorf("%v (%v), want %s", got, err, want)
		}
	}
}
