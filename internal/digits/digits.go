// Package digits writes numbers with the digits that mean something.
//
// Tests: known answer.
package digits

import (
	"fmt"
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

// Count writes how many there are of what one does not count: 9999, 10.0 thousand, 21.6 million,
// 304 million.
func Count(n int) string {
	switch {
	case n >= 99_950_000:
		return fmt.Sprintf("%.0f million", float64(n)/1e6)
	case n >= 999_950:
		return fmt.Sprintf("%.1f million", float64(n)/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.1f thousand", float64(n)/1e3)
	}
	return strconv.Itoa(n)
}

// Bytes is a size for a person: "312 MB", "4.7 GB".
func Bytes(n int64) string {
	if n >= 1e9 {
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%.0f MB", math.Ceil(float64(n)/1e6))
}
