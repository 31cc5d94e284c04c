package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// watchdog fails a test that does not end, with all stacks.
func watchdog(t *testing.T, limit time.Duration) {
	timer := time.AfterFunc(limit, func() {
		stacks := make([]byte, 1<<20)
		panic(fmt.Sprintf("%s hangs:\n%s", t.Name(), stacks[:runtime.Stack(stacks, true)]))
	})
	t.Cleanup(func() { timer.Stop() })
}

func TestForRunsEveryTaskOnce(t *testing.T) {
	watchdog(t, time.Minute)
	rapid.Check(t, func(t *rapid.T) {
		pool := New(rapid.IntRange(1, 9).Draw(t, "threads"))
		defer pool.Close()
		counts := make([]atomic.Int32, rapid.IntRange(0, 200).Draw(t, "tasks"))
		pool.For(len(counts), func(i int) { counts[i].Add(1) })
		for i := range counts {
			if n := counts[i].Load(); n != 1 {
				t.Fatalf("task %d ran %d times", i, n)
			}
		}
	})
}

func TestChunksCoverTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := New(rapid.IntRange(1, 4).Draw(t, "threads"))
		defer pool.Close()
		n, grain := rapid.IntRange(0, 300).Draw(t, "n"), rapid.IntRange(-1, 50).Draw(t, "grain")
		seen := make([]atomic.Int32, n)
		pool.Chunks(n, grain, func(lo, hi int) {
			if lo >= hi || hi-lo > max(grain, 1) || lo%max(grain, 1) != 0 {
				t.Errorf("chunk [%d, %d) of %d with grain %d", lo, hi, n, grain)
			}
			for i := lo; i < hi; i++ {
				seen[i].Add(1)
			}
		})
		for i := range seen {
			if seen[i].Load() != 1 {
				t.Fatalf("element %d is in %d chunks", i, seen[i].Load())
			}
		}
	})
}

// TestNestedCallsFromManyGoroutines is the situation in which a pool that waits for free workers
// deadlocks.
func TestNestedCallsFromManyGoroutines(t *testing.T) {
	watchdog(t, time.Minute)
	for _, threads := range []int{1, 2, 3, 16} {
		pool := New(threads)
		var total atomic.Int64
		var callers sync.WaitGroup
		for range 12 {
			callers.Go(func() {
				for range 30 {
					pool.For(7, func(int) {
						pool.For(5, func(int) {
							pool.For(3, func(int) { total.Add(1) })
						})
					})
				}
			})
		}
		callers.Wait()
		pool.Close()
		if want := int64(12 * 30 * 7 * 5 * 3); total.Load() != want {
			t.Errorf("%d threads: %d tasks ran, want %d", threads, total.Load(), want)
		}
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	watchdog(t, time.Minute)
	cause := errors.New("no such kernel")
	pool := New(4)
	defer pool.Close()
	for round := range 200 {
		failure := catch(func() {
			pool.For(20, func(i int) {
				if i == round%20 {
					panic(cause)
				}
			})
		})
		p, ok := failure.(*Panic)
		if !ok || !errors.Is(p, cause) {
			t.Fatalf("For panicked with %v, want a *Panic of %v", failure, cause)
		}
		if !strings.Contains(string(p.Stack), "TestPanicReachesTheCaller") ||
			!strings.Contains(p.Error(), "no such kernel") {
			t.Fatalf("message %q, stack:\n%s", p.Error(), p.Stack)
		}
		ran := 0
		New(1).For(3, func(int) { ran++ })
		if ran != 3 {
			t.Fatal("the pool does not work after a panic")
		}
	}
}

func TestPanicOfANonError(t *testing.T) {
	for _, threads := range []int{1, 2} {
		pool := New(threads)
		p, ok := catch(func() { pool.For(2, func(int) { pool.For(2, func(int) { panic("bad shape") }) }) }).(*Panic)
		if !ok || p.Value != "bad shape" || p.Unwrap() != nil {
			t.Errorf("%d threads: For panicked with %+v", threads, p)
		}
		pool.Close()
	}
}

func catch(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestCloseDuringUse(t *testing.T) {
	watchdog(t, time.Minute)
	for range 50 {
		pool := New(4)
		var total atomic.Int32
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				for range 20 {
					pool.For(10, func(int) { total.Add(1) })
				}
			})
		}
		pool.Close()
		pool.Close()
		callers.Wait()
		if total.Load() != 4*20*10 {
			t.Fatalf("%d tasks ran, want %d", total.Load(), 4*20*10)
		}
	}
}

func TestCloseEndsTheHelpers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		pool := New(8)
		pool.For(100, func(int) {})
		pool.Close()
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines are left of 10 pools", runtime.NumGoroutine()-before)
}

func TestThreads(t *testing.T) {
	for asked, want := range map[int]int{1: 1, 2: 2, 9: 9, 0: runtime.GOMAXPROCS(0), -3: runtime.GOMAXPROCS(0)} {
		pool := New(asked)
		if pool.Threads() != want {
			t.Errorf("New(%d) has %d threads, want %d", asked, pool.Threads(), want)
		}
		pool.Close()
	}
}

func TestNilPool(t *testing.T) {
	var pool *Pool
	sum := 0
	pool.For(5, func(i int) { sum += i })
	pool.Close()
	if sum != 10 || pool.Threads() != 1 {
		t.Errorf("a nil pool summed %d and has %d threads", sum, pool.Threads())
	}
}

func TestForMakesNoGarbage(t *testing.T) {
	pool := New(3)
	defer pool.Close()
	var total atomic.Int64
	body := func(i int) { total.Add(int64(i)) }
	if n := testing.AllocsPerRun(200, func() { pool.For(16, body) }); n >= 1 {
		t.Errorf("a call of For allocates %g times", n)
	}
}

func BenchmarkFor(b *testing.B) {
	pool := New(0)
	defer pool.Close()
	for b.Loop() {
		pool.For(8, func(int) {})
	}
}
