package weights

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The definitions, in two passes.
func TestSummarizeEqualsLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float32Range(-100, 100), 1, 50).Draw(t, "values")
		got, err := Summarize(FromFloat32s([]int{len(values)}, values))
		if err != nil {
			t.Fatal(err)
		}
		mean, variance := 0.0, 0.0
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range values {
			mean += float64(v) / float64(len(values))
			low, high = min(low, float64(v)), max(high, float64(v))
		}
		for _, v := range values {
			variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(values))
		}
		if got.Min != low || got.Max != high || math.Abs(got.Mean-mean) > 1e-10 ||
			math.Abs(got.Std-math.Sqrt(variance)) > 1e-6 {
			t.Errorf("got %+v, want %g to %g, mean %g, deviation %g", got, low, high, mean, math.Sqrt(variance))
		}
	})
}

func TestSummarizeCountsWhatIsNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	got, err := Summarize(FromFloat32s([]int{4}, []float32{nan, 1, -inf, 3}))
	if want := (Statistics{Min: 1, Max: 3, Mean: 2, Std: 1, NonFinite: 2}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	got, err = Summarize(FromFloat32s([]int{1}, []float32{nan}))
	if want := (Statistics{NonFinite: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	got, err = Summarize(FromInt64s([]int{2}, []int64{-1, 3}))
	if want := (Statistics{Min: -1, Max: 3, Mean: 1, Std: 2}); err != nil || got != want {
		t.Errorf("integers: got %+v, %v, want %+v", got, err, want)
	}
}

func TestCompare(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, test := range []struct {
		a, b []float32
		want Difference
	}{
		{[]float32{1, 2}, []float32{1, 2}, Difference{}},
		{[]float32{1, -4}, []float32{1.5, -4}, Difference{1, 0.5, 0.125}},
		{[]float32{nan, inf}, []float32{nan, inf}, Difference{}},
		{[]float32{nan, 2}, []float32{1, 2}, Difference{1, math.Inf(1), math.Inf(1)}},
		{[]float32{2, inf}, []float32{2, -inf}, Difference{1, math.Inf(1), math.Inf(1)}},
		{[]float32{0}, []float32{1}, Difference{1, 1, math.Inf(1)}},
		{nil, nil, Difference{}},
	} {
		got, err := Compare(FromFloat32s([]int{len(test.a)}, test.a), FromFloat32s([]int{len(test.b)}, test.b))
		if err != nil || got != test.want {
			t.Errorf("%v and %v: got %+v, %v, want %+v", test.a, test.b, got, err, test.want)
		}
	}
}
