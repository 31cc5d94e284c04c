// Package testseed gives tests that draw their inputs a fresh seed each run, and the same one again
// where it is asked for.
package testseed

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// variable is the environment variable that holds the seed of a run to be repeated.
const variable = "DINO_TEST_SEED"

// Seed is the seed of a test's random inputs: that of the environment variable DINO_TEST_SEED, a
// number from 0 to 2⁶⁴−1, or a fresh one. The test logs it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text, ok := os.LookupEnv(variable); ok {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s is %q: must be a number from 0 to 2⁶⁴−1", variable, text)
		}
		seed = given
	}
	t.Logf("seed %d (set %s=%d to repeat)", seed, variable, seed)
	return seed
}
