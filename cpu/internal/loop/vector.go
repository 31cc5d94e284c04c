package loop

import (
	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/vec"
)

var unary32 = map[compute.OpType]func(dst, x []float32){
	compute.OpTypeAbs: vec.Abs, compute.OpTypeNeg: vec.Neg, compute.OpTypeSqrt: vec.Sqrt,
	compute.OpTypeRsqrt: vec.Rsqrt,
	compute.OpTypeExp:   vec.Exp, compute.OpTypeLog: vec.Log, compute.OpTypeTanh: vec.Tanh, compute.OpTypeErf: vec.Erf,
	compute.OpTypeLogistic: vec.Sigmoid, compute.OpTypeFusedGelu: vec.GELU,
}

var binary32 = map[compute.OpType]binaryFuncs[float32]{
	compute.OpTypeAdd: {
		vv: vec.Add, vs: vec.AddScalar,
		sv: func(dst []float32, a float32, b []float32) { vec.AddScalar(dst, b, a) },
	},
	compute.OpTypeSub: {
		vv: vec.Sub, vs: func(dst, a []float32, b float32) { vec.AddScalar(dst, a, -b) },
		sv: func(dst []float32, a float32, b []float32) { vec.ScalarSub(dst, b, a) },
	},
	compute.OpTypeMul: {
		vv: vec.Mul, vs: vec.MulScalar,
		sv: func(dst []float32, a float32, b []float32) { vec.MulScalar(dst, b, a) },
	},
	compute.OpTypeDiv: {
		vv: vec.Div, vs: vec.DivScalar, sv: func(dst []float32, a float32, b []float32) { vec.ScalarDiv(dst, b, a) },
		inverse: divideByRow,
	},
	compute.OpTypeFusedGelu: {vv: vec.GELUGrad},
	compute.OpTypeMax: {
		vv: vec.Max, vs: vec.MaxScalar,
		sv: func(dst []float32, a float32, b []float32) { vec.MaxScalar(dst, b, a) },
	},
	compute.OpTypeMin: {
		vv: vec.Min, vs: vec.MinScalar,
		sv: func(dst []float32, a float32, b []float32) { vec.MinScalar(dst, b, a) },
	},
}

var reduce32 = map[compute.OpType]func(x []float32) float32{
	compute.OpTypeReduceSum: vec.Sum, compute.OpTypeReduceMax: vec.MaxOf, compute.OpTypeReduceMin: vec.MinOf,
}

// vectorUnary returns the vectorised form of an operation on float32, or nil.
func vectorUnary[T Number](op compute.OpType) func(dst, a []T) {
	f, _ := any(unary32[op]).(func(dst, a []T))
	return f
}

// vectorBinary returns the vectorised forms of an operation on float32.
func vectorBinary[T Number](op compute.OpType) (f binaryFuncs[T], ok bool) {
	g, ok := binary32[op]
	if !ok {
		return f, false
	}
	f, ok = any(g).(binaryFuncs[T])
	return f, ok
}

// vectorReduce returns the vectorised form of a reduction of float32, or nil.
func vectorReduce[T Number](op compute.OpType) func(x []T) T {
	f, _ := any(reduce32[op]).(func(x []T) T)
	return f
}

// divideByRow multiplies by the inverse, which is many times as fast.
func divideByRow(dst, a []float32, b float32) {
	if invertible(b) {
		vec.MulScalar(dst, a, 1/b)
		return
	}
	vec.DivScalar(dst, a, b)
}

// invertible tells whether the inverse of a number is finite and normal.
func invertible(b float32) bool {
	const smallest, largest = 0x1p-125, 0x1p125
	return b >= smallest && b <= largest || -b >= smallest && -b <= largest
}
