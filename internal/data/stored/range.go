package stored

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Range is the low and the high end of the values of red, green and blue; of grey images the first
// counts. The zero Range stands for what the type of the samples spans.
type Range [3][2]float64

// Uniform is the same range for all channels.
func Uniform(low, high float64) Range {
	return Range{{low, high}, {low, high}, {low, high}}
}

// Validate reports the first channel that cannot be mapped.
func (r Range) Validate() error {
	if r == (Range{}) {
		return nil
	}
	for _, ends := range r {
		if width := ends[1] - ends[0]; !(width > 0) || math.IsInf(width, 0) {
			return fmt.Errorf("a range is %s: its low end must be below its high end, and both must be finite",
				pair(ends))
		}
	}
	return nil
}

// Same tells whether all channels have one range.
func (r Range) Same() bool { return r[0] == r[1] && r[1] == r[2] }

// String is [low, high], or a list of three; "type" for the zero Range.
func (r Range) String() string {
	switch {
	case r == Range{}:
		return "type"
	case r.Same():
		return pair(r[0])
	}
	return "[" + pair(r[0]) + ", " + pair(r[1]) + ", " + pair(r[2]) + "]"
}

func pair(ends [2]float64) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return "[" + number(ends[0]) + ", " + number(ends[1]) + "]"
}

// Share of the values that a measured range leaves out at each end: single hot pixels, reflections
// and fill values do not decide about it.
const leftOut = 0.001

// Quantiles is the range of values between the thousandth lowest and the thousandth highest. ok is
// false where there are no values. The values are sorted in place.
func Quantiles(values []float64) (ends [2]float64, ok bool) {
	if len(values) == 0 {
		return ends, false
	}
	slices.SortFunc(values, cmp.Compare[float64])
	last := float64(len(values) - 1)
	ends = [2]float64{values[int(math.Floor(leftOut*last))], values[int(math.Ceil((1-leftOut)*last))]}
	if ends[0] == ends[1] { // constant but for what is left out
		ends = [2]float64{values[0], values[len(values)-1]}
	}
	if ends[0] == ends[1] {
		ends[1]++
		if ends[1] == ends[0] { // too large for a difference of 1
			ends[1] = math.Nextafter(ends[0], math.Inf(1))
		}
	}
	return ends, true
}
