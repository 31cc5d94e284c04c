package memory

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"slices"
)

// softFrom is who sets the soft limit of Go's runtime.
var softFrom = "GOMEMLIMIT"

// softShare is how much of what is available Go's heap may take before it is collected more often:
// the rest is for stacks, files that are mapped, and what the kernel counts in.
const softShare = 0.9

// LimitHeap makes Go's garbage collector respect the limits of this process: without it the heap
// grows to twice what is in use, over a limit that what is in use keeps. Where the user has not set
// GOGC, garbage is limited to [Headroom], too. The limit stays as it is where the user has set
// GOMEMLIMIT, or where the machine alone sets a limit.
func LimitHeap() {
	limitGarbage()
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	bounds := (Process{}).bounds()
	if len(bounds) == 0 {
		return
	}
	tightest := slices.MinFunc(bounds, byAvailable)
	debug.SetMemoryLimit(held() + int64(softShare*float64(tightest.Available)))
	softFrom = tightest.From + ", of which a tenth is kept free,"
}

// held is the memory that Go's runtime holds, as the soft limit counts it.
func held() int64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64() - samples[2].Value.Uint64())
}
