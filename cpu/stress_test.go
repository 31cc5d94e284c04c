package cpu

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// watchdog fails the test with all stacks if it is not called off in time.
func watchdog(t *testing.T, limit time.Duration) (calledOff func()) {
	timer := time.AfterFunc(limit, func() {
		stacks := make([]byte, 1<<20)
		panic(fmt.Sprintf("%s hangs:\n%s", t.Name(), stacks[:runtime.Stack(stacks, true)]))
	})
	return func() { timer.Stop() }
}

// TestStress runs thousands of random graphs with branches, loops, closures and calls from many goroutines at once, on backends of
// several numbers of threads, and wants the same bits from all of them.
func TestStress(t *testing.T) {
	defer watchdog(t, 2*time.Minute)()
	graphs := 2000
	if testing.Short() {
		graphs = 100
	}
	var backends []compute.Backend
	for _, threads := range []int{1, 2, 3, 16} {
		b, err := New(fmt.Sprintf("parallelism=%d", threads))
		if err != nil {
			t.Fatal(err)
		}
		defer b.Finalize()
		backends = append(backends, b)
	}
	seeds := make(chan uint64)
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for seed := range seeds {
				if err := sameEverywhere(backends, seed); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		}()
	}
	for seed := range graphs {
		seeds <- uint64(seed)
	}
	close(seeds)
	wg.Wait()
}

// sameEverywhere runs a random graph on all backends, twice on each, and compares the bits.
func sameEverywhere(backends []compute.Backend, seed uint64) error {
	var want [][]byte
	for _, b := range backends {
		rng := rand.New(rand.NewPCG(seed, 0))
		r := newRecipe(rng.IntN, 4+rng.IntN(16), true)
		data := r.data(rng.IntN)
		e, err := r.compile(b)
		if err != nil {
			return err
		}
		for range 2 {
			out, err := execute(b, e, r.inputs, data)
			if err != nil {
				return err
			}
			var got [][]byte
			for _, flat := range out {
				got = append(got, bytes.Clone(dtypes.UnsafeByteSliceFromAny(flat)))
			}
			if want == nil {
				want = got
			}
			for i := range want {
				if !bytes.Equal(got[i], want[i]) {
					return fmt.Errorf("%s: result %d differs from that on one thread", b.Description(), i)
				}
			}
		}
		e.Finalize()
	}
	return nil
}
