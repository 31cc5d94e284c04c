package memory

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Headroom is about how many bytes of garbage Go's heap may hold beside what is in use. By its own
// rule it would hold as much garbage as there is in use: of a training with 2 GB of weights and
// intermediate values, another 2 GB of images that nobody needs any more. A collection costs little
// here, since what is large are numbers, which it does not look through.
const Headroom = 192 << 20

// leastPercent is the share of the heap that garbage may take in any case, so that a heap of many
// gigabytes is not collected all the time.
const leastPercent = 5

// Garbage is about how many bytes of garbage there are at most beside so many in use, after
// [LimitHeap].
func Garbage(used int64) int64 { return used * int64(percent(used)) / 100 }

// percent is how much the heap may grow from one collection to the next, in percent of what was in
// use after the first.
func percent(used int64) int {
	return int(min(max(math.Round(100*Headroom/float64(max(used, 1))), leastPercent), 100))
}

// limitGarbage adapts the garbage collector after every collection to what is in use then, unless
// the user has set GOGC.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		t := &tick{set: 100, used: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
		runtime.SetFinalizer(t, (*tick).collected)
	}
}

// tick is garbage: each collection finds it once. It holds a pointer, for what is tiny and holds
// none lies in one block with others, and is found when all of them are garbage.
type tick struct {
	set  int // percent
	used []metrics.Sample
}

func (t *tick) collected() {
	metrics.Read(t.used)
	// Setting it stops the world for a moment: not for every small change.
	if p := percent(int64(t.used[0].Value.Uint64())); p < t.set*9/10 || p > t.set*11/10 {
		debug.SetGCPercent(p)
		t.set = p
	}
	runtime.SetFinalizer(t, (*tick).collected)
}
