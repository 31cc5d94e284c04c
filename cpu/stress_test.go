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

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// watchdog fails the test with all stacks if it is not called off in time.
func watchdog(t *testing.T, limit time.Duration) (calledOff func()) {
	timer := time.AfterFunc(limit, func() {
		stacks := make([]byte, 1<<20)
		panic(fmt.Sprintf("%s hangs:\n%s", t.Name(), stacks[:runtime.Stack(stacks, true)]))
	})
	return func() { timer.Stop() }
}

// TestStress runs random graphs with branches, loops, closures and calls from many goroutines at
// once, on backends of several numbers of threads, and wants the same bits from all of them.
func TestStress(t *testing.T) {
	defer watchdog(t, time.Duration(rounds(2, 30))*time.Minute)()
	graphs := rounds(120, 8000)
	if testing.Short() {
		graphs = 100
	}
	var backends []compute.Backend
	for _, threads := range threadCounts {
		backends = append(backends, open(t, fmt.Sprintf("parallelism=%d", threads)))
	}
	seed := testseed.Seed(t)
	graph := make(chan uint64)
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range graph {
				if err := sameEverywhere(backends, seed, i); err != nil {
					t.Errorf("graph %d: %v", i, err)
				}
			}
		}()
	}
	for i := range graphs {
		graph <- uint64(i)
	}
	close(graph)
	wg.Wait()
}

// sameEverywhere runs the i-th random graph on all backends, twice on each, and compares the bits.
func sameEverywhere(backends []compute.Backend, seed, i uint64) error {
	var want [][]byte
	for _, b := range backends {
		rng := rand.New(rand.NewPCG(seed, i))
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
