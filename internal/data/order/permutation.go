package order

// Permutation returns the numbers 0 to n-1 in the order of the given epoch of
// a run: a Fisher–Yates shuffle, a function of (seed, epoch, n) alone.
func Permutation(seed uint64, epoch, n int) []int {
	rng := newDraw(seed, permutationDraw, epoch, 0)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := rng.below(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	return order
}
