package order

import "iter"

// Replacements yields the images that stand in for one that cannot be decoded,
// in the order in which to try them: all others of the sequence, each once, in
// an order that is a function of the run's seed, the epoch and the image. So
// the image that ends up in the batch does not depend on which worker decoded a
// bad image first. It may be called concurrently.
//
// The order is a walk through the list with a random start and a random stride
// that has no common divisor with its length, which spreads the candidates: bad
// images are often neighbours.
func (s *Sequence) Replacements(epoch, image int) iter.Seq[int] {
	return func(yield func(int) bool) {
		n := len(s.images)
		rng := newDraw(s.seed, replacementDraw, epoch, image)
		place := rng.below(n)
		stride := 1 + rng.below(n)
		for gcd(stride, n) != 1 {
			stride++
		}
		for range n {
			if candidate := s.images[place]; candidate != image && !yield(candidate) {
				return
			}
			place = (place + stride) % n
		}
	}
}

// Replacements yields nothing: in an evaluation an image is left out, not
// counted twice.
func (o InOrder) Replacements(_, _ int) iter.Seq[int] { return func(func(int) bool) {} }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
