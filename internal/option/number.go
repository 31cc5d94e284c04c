package option

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// How numbers are written: without signs of plus, leading zeros, bases, underscores and words, each
// of which some reader of numbers takes for another number. YAML 1.1 reads 010 as 8, YAML 1.2 as
// 10.
var (
	wholeForm = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	floatForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*|\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*)([eE][-+]?[0-9]+)?$`)
)

var (
	errWhole = errors.New("must be a whole number in plain decimal digits, for example 50")
	errFloat = errors.New("must be a decimal number, for example 0.5 or 1e-3")
)

// ParseInt reads a whole number between −2³¹ and 2³¹ − 1, which is more than any option needs and
// safe to multiply.
func ParseInt(text string) (int, error) {
	if !wholeForm.MatchString(text) {
		return 0, errWhole
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("must be a whole number from %d to %d", math.MinInt32, math.MaxInt32)
	}
	return int(n), nil
}

// ParseUint reads a whole number between 0 and 2⁶⁴ − 1.
func ParseUint(text string) (uint64, error) {
	if !wholeForm.MatchString(text) {
		return 0, errWhole
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("must be a whole number from 0 to %d", uint64(math.MaxUint64))
	}
	return n, nil
}

// smallest is the smallest number that float32 holds with all its digits.
const smallest = 0x1p-126

// ParseFloat reads a number that is 0 or within what float32 holds: the engines compute with no
// more, and a number beyond would become infinite, or 0, in silence.
func ParseFloat(text string) (float64, error) {
	if !floatForm.MatchString(text) {
		return 0, errFloat
	}
	x, err := strconv.ParseFloat(text, 64)
	size := math.Abs(x)
	switch mantissa, _, _ := strings.Cut(strings.ToLower(text), "e"); {
	case x == 0 && strings.HasPrefix(text, "-"):
		return 0, errors.New("must be written 0: a negative zero means nothing")
	case x == 0 && !strings.ContainsAny(mantissa, "123456789"):
		return 0, nil
	case err != nil || size < smallest || size > math.MaxFloat32:
		return 0, fmt.Errorf("must be 0, or between %.2g and %.2g without its sign, which is what a float32 holds",
			smallest, math.MaxFloat32)
	}
	return x, nil
}
