package testseed

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	logged, failed string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Logf(format string, values ...any) { r.logged = fmt.Sprintf(format, values...) }
func (r *recorder) Fatalf(format string, values ...any) {
	r.failed = fmt.Sprintf(format, values...)
	runtime.Goexit()
}

// seedOf is the seed that a test gets, and what it is told.
func seedOf(t *testing.T) (uint64, recorder) {
	r, seed := recorder{TB: t}, uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		seed = Seed(&r)
	}()
	<-done
	return seed, r
}

func TestSeedIsFresh(t *testing.T) {
	t.Setenv(variable, "") // to be put back at the end
	os.Unsetenv(variable)
	a, log := seedOf(t)
	b, _ := seedOf(t)
	if a == b {
		t.Errorf("two seeds are %d", a)
	}
	if want := fmt.Sprintf("seed %d (set DINO_TEST_SEED=%d to repeat)", a, a); log.logged != want {
		t.Errorf("the test logs %q, want %q", log.logged, want)
	}
}

func TestSeedIsRepeated(t *testing.T) {
	t.Setenv(variable, "18446744073709551615")
	if seed, _ := seedOf(t); seed != 1<<64-1 {
		t.Errorf("the seed is %d, want the one given", seed)
	}
	for _, bad := range []string{"", "-1", "18446744073709551616", "x"} {
		t.Setenv(variable, bad)
		if _, r := seedOf(t); !strings.Contains(r.failed, fmt.Sprintf("DINO_TEST_SEED is %q: must be a number", bad)) {
			t.Errorf("%q: the test fails with %q", bad, r.failed)
		}
	}
}
