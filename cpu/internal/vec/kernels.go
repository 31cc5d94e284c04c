package vec

import (
	"unsafe"

	"github.com/dino-go/dino/cpu/internal/isa"
)

// kernels is one implementation of every loop of this package.
type kernels struct {
	add, sub, mul, div, max, min                                                      func(dst, x, y []float32)
	fma                                                                               func(dst, x, y, z []float32)
	addScalar, scalarSub, mulScalar, divScalar, scalarDiv, maxScalar, minScalar, axpy func(dst, x []float32, s float32)
	neg, abs, sqrt, rsqrt                                                             func(dst, x []float32)
	exp, sigmoid, silu, log, tanh, erf, gelu, geluTanh                                func(dst, x []float32)
	// Nil where conversions of short slices are the best there is.
	geluBF16               func(dst, x []uint16)
	geluGradBF16           func(dst, dy, x []uint16, sum []float32)
	geluGrad, geluTanhGrad func(dst, dy, x []float32)
	expShift               func(dst, x []float32, scale, shift float32) float32
	expShiftBF16           func(dst []uint16, x []float32, scale, shift float32) float32
	sel                    func(dst []float32, mask []bool, x, y []float32)
	sum, maxOf, minOf      func(x []float32) float32
	dot                    func(x, y []float32) float32
	dotBF16                func(x []float32, y []uint16) float32
	squaredDistance        func(x []float32, c float32) float32
	subMul                 func(dst, x, y []float32, s, scale float32)
	mulAdd                 func(dst, x, y []float32, s float32)
	subMulBF16             func(dst []uint16, x []float32, y []uint16, s, scale float32)
	normalize              func(dst, x []float32, mean, rstd float32)
	normalizeAffine        func(dst, x, weight, bias []float32, mean, rstd float32)
	normGradSums           func(dy, x, weight, dweight, dbias []float32, mean, rstd float32) (sum, dot float32)
	normGrad               func(dx, dy, x, weight []float32, mean, rstd, sum, dot float32)
	fromBF16               func(dst []float32, x []uint16)
	toBF16                 func(dst []uint16, x []float32)
	roundBF16              func(dst, x []float32)
	transpose, transpose16 func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int)
	adamW                  func(a *AdamW, w, m, v, g []float32)
	adamWEMA               func(a *AdamW, w, m, v, ema, g []float32)
}

//go:generate go run ./gen

// active is what the functions of the package call.
var (
	inUse, _ = isa.InUse() // cpu.New reports the error
	active   = kernelsOf(inUse)
)

var portable = kernels{
	add: addPortable, sub: subPortable, mul: mulPortable, div: divPortable, max: maxPortable, min: minPortable,
	fma:       fmaPortable,
	addScalar: addScalarPortable, scalarSub: scalarSubPortable, mulScalar: mulScalarPortable,
	divScalar: divScalarPortable,
	scalarDiv: scalarDivPortable, maxScalar: maxScalarPortable, minScalar: minScalarPortable, axpy: axpyPortable,
	neg: negPortable, abs: absPortable, sqrt: sqrtPortable, rsqrt: rsqrtPortable,
	exp: expPortable, sigmoid: sigmoidPortable, silu: siluPortable, log: logPortable, tanh: tanhPortable,
	erf:  erfPortable,
	gelu: geluPortable, geluTanh: geluTanhPortable, geluGrad: geluGradPortable, geluTanhGrad: geluTanhGradPortable,
	expShift: expShiftPortable, expShiftBF16: expShiftBF16Portable, sel: selectPortable,
	sum: sumPortable, maxOf: maxOfPortable, minOf: minOfPortable, dot: dotPortable, dotBF16: dotBF16Portable,
	squaredDistance: squaredDistancePortable,
	subMul:          subMulPortable, mulAdd: mulAddPortable, subMulBF16: subMulBF16Portable,
	normalize:       normalizePortable,
	normalizeAffine: normalizeAffinePortable, normGradSums: normGradSumsPortable, normGrad: normGradPortable,
	fromBF16: fromBF16Portable, toBF16: toBF16Portable, roundBF16: roundBF16Portable, adamW: adamWPortable,
	adamWEMA:  adamWEMAPortable,
	transpose: transposePortable[uint32], transpose16: transposePortable[uint16],
}
