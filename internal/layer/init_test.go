package layer

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func draw(init Init, seed uint64, path string, n int) []float32 {
	out := make([]float32, n)
	init(NewRand(seed, path), out, []int{n})
	return out
}

// moments returns mean, standard deviation and largest magnitude.
func moments(x []float32) (mean, std, largest float64) {
	for _, v := range x {
		mean += float64(v) / float64(len(x))
		largest = max(largest, math.Abs(float64(v)))
	}
	for _, v := range x {
		std += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, math.Sqrt(std), largest
}

func TestInitialDistributions(t *testing.T) {
	const n = 50000
	for name, test := range map[string]struct {
		init       Init
		std, bound float64
	}{
		"normal":                     {Normal(0.3), 0.3, math.Inf(1)},
		"truncated, far away":        {TruncNormal(0.02), 0.02, 2},
		"truncated, one deviation":   {TruncNormal(2), 2 * 0.5396, 2}, // √(1 − 2φ(1)/(2Φ(1) − 1)) = 0.5396
		"fan in of 256":              {FanIn(256), 1.0 / 16 / math.Sqrt(3), 1.0 / 16},
		"fan in of an 8×8 RGB patch": {FanIn(3 * 8 * 8), 0.0721688 / math.Sqrt(3), 0.0721688},
	} {
		mean, std, largest := moments(draw(test.init, 1, name, n))
		if math.Abs(mean) > 5*test.std/math.Sqrt(n) {
			t.Errorf("%s: mean is %g", name, mean)
		}
		if math.Abs(std/test.std-1) > 0.02 {
			t.Errorf("%s: standard deviation is %g, want %g", name, std, test.std)
		}
		if largest > test.bound*(1+1e-6) || !math.IsInf(test.bound, 1) && test.bound < 10*test.std &&
			largest < 0.99*test.bound {
			t.Errorf("%s: largest magnitude is %g, want just below %g", name, largest, test.bound)
		}
	}
	if got := draw(Constant(0.5), 1, "x", 3); !slices.Equal(got, []float32{0.5, 0.5, 0.5}) {
		t.Errorf("constant fills with %v", got)
	}
}

func TestNewRandIsAFunctionOfSeedAndPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z]{1,6}(/[a-z0-9_]{1,6}){0,3}`)
		seed, path := rapid.Uint64().Draw(t, "seed"), name.Draw(t, "path")
		first := NewRand(seed, path).Uint64()
		if NewRand(seed, path).Uint64() != first {
			t.Fatal("the same seed and path give another draw")
		}
		if NewRand(seed+1, path).Uint64() == first {
			t.Error("another seed gives the same draw")
		}
		if other := name.Draw(t, "other"); other != path && NewRand(seed, other).Uint64() == first {
			t.Errorf("%s draws the same as %s", other, path)
		}
		student, teacher := NewRand(seed, "/net/student/"+path), NewRand(seed, "/net/teacher/"+path)
		if student.Uint64() != teacher.Uint64() {
			t.Error("student and teacher draw different values")
		}
	})
}

// Joining the segments must not make two paths one.
func TestNewRandKeepsSegmentsApart(t *testing.T) {
	if NewRand(1, "/a/bc").Uint64() == NewRand(1, "/ab/c").Uint64() {
		t.Error("/a/bc and /ab/c draw the same values")
	}
}
