// Package digits writes numbers with the digits that mean something.
//
// Tests: known answer.
package digits

import (
	"math"
	"strconv"
)

// Significant writes a number with the three digits that mean something, and never as a power of
// ten: 0.0123, 1.23, 12.3, 123, 12300.
func Significant(x float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil || rounded == 0 || math.IsInf(rounded, 0) || math.IsNaN(rounded) {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	behind := max(0, 2-int(math.Floor(math.Log10(math.Abs(rounded)))))
	return strconv.FormatFloat(rounded, 'f', behind, 64)
}
