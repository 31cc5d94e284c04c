//go:build goexperiment.simd

package augment

import (
	"testing"

	"pgregory.net/rapid"
)

// TestVectorsEqualPortable runs whole views with and without vectors. The other
// tests compare each loop with its definition, with vectors where the machine has
// them; without the experiment they compare the portable loops.
func TestVectorsEqualPortable(t *testing.T) {
	if !vectors {
		t.Skip("this machine has no AVX2")
	}
	defer func() { vectors = true }()
	for _, policy := range []Policy{Paper, Seed} {
		c := small(policy)
		c.LocalCrops.Size = 48
		m := mustNew(t, c)
		rapid.Check(t, func(t *rapid.T) {
			img := randomImage(t, rapid.IntRange(1, 150).Draw(t, "width"), rapid.IntRange(1, 150).Draw(t, "height"))
			seed := rapid.Uint64().Draw(t, "seed")
			vectors = true
			fast := renderAll(m, img, seed, 0, 0, new(Scratch))
			vectors = false
			slow := renderAll(m, img, seed, 0, 0, new(Scratch))
			for i := range slow {
				for j, want := range slow[i] {
					if got := fast[i][j]; got != want {
						t.Fatalf("view %d, element %d: got %v, want %v", i, j, got, want)
					}
				}
			}
		})
	}
}
