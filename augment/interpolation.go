package augment

import (
	"fmt"
	"math"
)

// Interpolation names the kernel that resizing weights its input pixels with.
type Interpolation string

// The kernels, Pillow's filters of these names.
const (
	// Bilinear is the triangle 1 − |x| for |x| < 1.
	Bilinear Interpolation = "bilinear"
	// Bicubic is Keys' cubic kernel with a = −½, for |x| < 2.
	Bicubic Interpolation = "bicubic"
)

// check reports whether the kernel exists.
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
	case Bilinear:
		return 1
	case Bicubic:
		return 2
	}
	panic(fmt.Sprintf("augment: interpolation %v", f.check()))
}

// at returns the kernel's value at distance x.
func (f Interpolation) at(x float64) float64 {
	x = math.Abs(x)
	if f == Bicubic {
		return cubic(x)
	}
	return max(0, 1-x)
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
