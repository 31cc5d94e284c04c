package testkit

import "math"

// TB is the part of a test that reports an error; *testing.T and *rapid.T have it.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// AllClose reports an error unless got and want have one length and differ by
// at most tol in every element. NaN equals NaN only, and an infinity itself
// only. The message names the worst element and counts the offenders.
func AllClose[F float32 | float64](t TB, name string, got, want []F, tol float64) bool {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: has %d elements, want %d", name, len(got), len(want))
		return false
	}
	offenders, worst, largest := 0, 0, -1.0
	for i := range got {
		difference := distance(float64(got[i]), float64(want[i]))
		if difference <= tol {
			continue
		}
		offenders++
		if difference > largest {
			worst, largest = i, difference
		}
	}
	if offenders > 0 {
		t.Errorf("%s: %d of %d elements differ by more than %.3g; worst at [%d]: got %v, want %v, difference %.3g",
			name, offenders, len(got), tol, worst, got[worst], want[worst], largest)
	}
	return offenders == 0
}

// distance returns |a − b|, 0 for two equal infinities or two NaNs, and
// infinity where only one of them is finite or a NaN.
func distance(a, b float64) float64 {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return 0
	}
	if d := math.Abs(a - b); !math.IsNaN(d) {
		return d
	}
	return math.Inf(1)
}

// LargestDifference is that of two pictures in grey levels; where they have other sizes it is the
// largest integer.
func LargestDifference(got, want []byte) int {
	if len(got) != len(want) {
		return math.MaxInt
	}
	d := 0
	for i, v := range got {
		d = max(d, int(v)-int(want[i]), int(want[i])-int(v))
	}
	return d
}
