package augment

import (
	"fmt"
	"math"
)

// Interpolation names the kernel that resizing weights its input pixels with.
type Interpolation string

// The kernels, Pillow's filters of these names. Views are drawn with bilinear and bicubic, images
// for evaluations are prepared with any.
const (
	// Nearest takes one pixel of the input for each of the output.
	Nearest Interpolation = "nearest"
	// BoxFilter is 1 for −½ < x ≤ ½.
	BoxFilter Interpolation = "box"
	// Bilinear is the triangle 1 − |x| for |x| < 1.
	Bilinear Interpolation = "bilinear"
	// Hamming is sin(πx)/(πx)·(0.54 + 0.46·cos(πx)) for |x| < 1.
	Hamming Interpolation = "hamming"
	// Bicubic is Keys' cubic kernel with a = −½, for |x| < 2.
	Bicubic Interpolation = "bicubic"
	// Lanczos is sinc(x)·sinc(x/3) for |x| < 3.
	Lanczos Interpolation = "lanczos"
)

// Interpolations are the names of all kernels, in the order of Pillow's numbers, which are their
// indices.
func Interpolations() []Interpolation {
	return []Interpolation{Nearest, Lanczos, Bilinear, Bicubic, BoxFilter, Hamming}
}

// check reports whether views can be drawn with the kernel.
func (f Interpolation) check() error {
	if f != Bilinear && f != Bicubic {
		return fmt.Errorf("is %q: must be %q or %q", string(f), Bicubic, Bilinear)
	}
	return nil
}

// support is the distance from which on the kernel is 0. It panics where there
// is no such kernel.
func (f Interpolation) support() float64 {
	switch f {
	case BoxFilter:
		return 0.5
	case Bilinear, Hamming:
		return 1
	case Bicubic:
		return 2
	case Lanczos:
		return 3
	}
	panic(fmt.Sprintf("augment: interpolation %v", f.check()))
}

// at returns the kernel's value at distance x.
func (f Interpolation) at(x float64) float64 {
	if f == BoxFilter {
		if x > -0.5 && x <= 0.5 {
			return 1
		}
		return 0
	}
	x = math.Abs(x)
	switch f {
	case Bicubic:
		return cubic(x)
	case Hamming:
		return hamming(x)
	case Lanczos:
		return lanczos(x)
	}
	return max(0, 1-x)
}

// hamming is a sine cardinal within a Hamming window, for x ≥ 0.
func hamming(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (0.54 + float64(0.46*math.Cos(x)))
}

// lanczos is a sine cardinal within the first lobe of another, for x ≥ 0.
func lanczos(x float64) float64 {
	sinc := func(x float64) float64 {
		if x == 0 {
			return 1
		}
		x *= math.Pi
		return math.Sin(x) / x
	}
	if x >= 3 {
		return 0
	}
	return float64(sinc(x) * sinc(x/3))
}

// cubic is Keys' kernel for x ≥ 0, with a = −½:
//
//	(a+2)x³ − (a+3)x² + 1      x < 1
//	ax³ − 5ax² + 8ax − 4a      1 ≤ x < 2
//
// The conversions here and elsewhere in the package forbid fused multiply-adds,
// so that every machine computes the same bits.
func cubic(x float64) float64 {
	const a = -0.5
	switch {
	case x < 1:
		return float64((float64((a+2)*x)-(a+3))*x*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	default:
		return 0
	}
}
