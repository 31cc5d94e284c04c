package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
)

// The tables below run with the kernels of the level that DINO_CPU names; those of every level are
// compared in package vec.

var everyFloat = []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64}

// specialValues are extreme, typical and special values of a format (zeros, subnormal numbers,
// infinities, NaN); enough of them for whole vectors and a tail.
func specialValues(d dtypes.DType) []float64 {
	f := formats[d]
	smallest := math.Ldexp(1, f.exponent-f.digits+1)
	var xs []float64
	for _, x := range []float64{
		0, smallest, 3 * smallest, math.Ldexp(1, f.exponent), 0.25, 0.3, 0.5, 0.75, 1, 1.5, 2,
		2.5, 3, 10.5, 88, f.largest, math.Inf(1),
	} {
		xs = append(xs, f.round(x), -f.round(x))
	}
	return append(xs, math.NaN())
}

// evaluate computes one vector of others.
func evaluate(t testing.TB, b compute.Backend, body func(f compute.Function, x []compute.Value) compute.Value,
	inputs ...any,
) any {
	t.Helper()
	builder := b.Builder("table")
	f := builder.Main()
	var x []compute.Value
	var buffers []compute.Buffer
	for i, flat := range inputs {
		d, n := flatType(flat)
		shape := shapes.Make(d, n)
		x = append(x, testutil.Must1(f.Parameter(fmt.Sprint("x", i), shape, nil)))
		buffers = append(buffers, testutil.Must1(b.BufferFromFlatData(0, flat, shape)))
	}
	testutil.Must(f.Return([]compute.Value{body(f, x)}, nil))
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Execute(buffers, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return testutil.Must1(out[0].Data())
}

// near tells whether got is want, rounded to a format, give or take some units of the last place;
// exactly where it is special.
func (f format) near(got, want float64, units float64) bool {
	want = f.round(want)
	if want == 0 || math.IsInf(want, 0) || math.IsNaN(want) || math.IsInf(got, 0) {
		return same(got, want)
	}
	_, e := math.Frexp(want)
	unit := math.Ldexp(1, max(e-1, f.exponent)-f.digits+1)
	return math.Abs(got-want) <= units*unit
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func TestUnaryOfSpecialValues(t *testing.T) {
	b := open(t, "parallelism=2")
	for _, op := range []struct {
		op    compute.OpType
		exact func(float64) float64
		units float64
	}{
		{compute.OpTypeAbs, math.Abs, 0},
		{compute.OpTypeNeg, func(x float64) float64 { return -x }, 0},
		{compute.OpTypeSign, sign, 0},
		{compute.OpTypeFloor, math.Floor, 0},
		{compute.OpTypeCeil, math.Ceil, 0},
		{compute.OpTypeRound, math.RoundToEven, 0},
		{compute.OpTypeSqrt, math.Sqrt, 0},
		{compute.OpTypeRsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }, 1},
		{compute.OpTypeExp, math.Exp, 2},
		{compute.OpTypeExpm1, math.Expm1, 1},
		{compute.OpTypeLog, math.Log, 2},
		{compute.OpTypeLog1p, math.Log1p, 1},
		{compute.OpTypeSin, math.Sin, 1},
		{compute.OpTypeCos, math.Cos, 1},
		{compute.OpTypeTanh, math.Tanh, 2},
		{compute.OpTypeErf, math.Erf, 2},
		{compute.OpTypeLogistic, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2},
	} {
		for _, d := range everyFloat {
			xs := specialValues(d)
			got := floatsOf(evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
				return testutil.Must1(f.(*function).unary(op.op, x[0]))
			}, flatFloats(d, xs)))
			for i, x := range xs {
				if want := op.exact(x); !formats[d].near(got[i], want, op.units) {
					t.Errorf("%s of %s %g is %g, want %g", op.op, d, x, got[i], formats[d].round(want))
				}
			}
		}
	}
}

func TestBinaryOfSpecialValues(t *testing.T) {
	b := open(t, "parallelism=2")
	type op = func(f compute.Function, x, y compute.Value) (compute.Value, error)
	for _, c := range []struct {
		name  string
		op    op
		exact func(x, y float64) float64
		units float64
	}{
		{"Add", compute.Function.Add, func(x, y float64) float64 { return x + y }, 0},
		{"Sub", compute.Function.Sub, func(x, y float64) float64 { return x - y }, 0},
		{"Mul", compute.Function.Mul, func(x, y float64) float64 { return x * y }, 0},
		{"Div", compute.Function.Div, func(x, y float64) float64 { return x / y }, 0},
		{"Rem", compute.Function.Rem, math.Mod, 0},
		{"Pow", compute.Function.Pow, math.Pow, 1},
		{"Atan2", compute.Function.Atan2, math.Atan2, 1},
		{"Max", compute.Function.Max, func(x, y float64) float64 { return max(x, y) }, 0},
		{"Min", compute.Function.Min, func(x, y float64) float64 { return min(x, y) }, 0},
	} {
		for _, d := range everyFloat {
			var xs, ys []float64
			for _, x := range specialValues(d) {
				for _, y := range specialValues(d) {
					xs, ys = append(xs, x), append(ys, y)
				}
			}
			got := floatsOf(evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
				return testutil.Must1(c.op(f, x[0], x[1]))
			}, flatFloats(d, xs), flatFloats(d, ys)))
			bad := 0
			for i, x := range xs {
				if want := c.exact(x, ys[i]); !formats[d].near(got[i], want, c.units) && bad < 5 {
					t.Errorf("%s of %s %g and %g is %g, want %g", c.name, d, x, ys[i], got[i], formats[d].round(want))
					bad++
				}
			}
		}
	}
}
