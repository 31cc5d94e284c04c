package testkit

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// SeedVariable names the environment variable that repeats a test's random draws.
const SeedVariable = "DINO_TEST_SEED"

// Seed returns the seed of a test's random draws: a new one each time, or that
// of DINO_TEST_SEED. The log says how to repeat it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(SeedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s is %q: must be a whole number of at least 0", SeedVariable, text)
		}
	}
	t.Logf("seed %d (set %s=%d to repeat)", seed, SeedVariable, seed)
	return seed
}
