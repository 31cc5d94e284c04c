package cpu

import (
	"math"
	"runtime"
)

// RaceDetector is for the tests outside of the package.
const RaceDetector = raceDetector

// Rounds is for the tests outside of the package.
func Rounds(short, long int) int { return rounds(short, long) }

// GarbageOf is the number of bytes that a step allocates once it is under way. Scratch memory,
// which is kept, grows when more threads than before happen to need it at once; so the best of some
// rounds counts.
func GarbageOf(step func()) uint64 {
	for range 5 {
		step()
	}
	const rounds, steps = 6, 10
	least := uint64(math.MaxUint64)
	for range rounds {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range steps {
			step()
		}
		runtime.ReadMemStats(&after)
		least = min(least, (after.TotalAlloc-before.TotalAlloc)/steps)
	}
	return least
}

// ThreadCounts is for the tests outside of the package.
var ThreadCounts = threadCounts
