package loop

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// withoutRedundantConversions removes conversions between floats computed in float32 that change
// nothing: to a type that has all numbers of the type before; of a value that has been rounded to
// that type already; and of a value that is only stored to memory of that type, because stores
// round. Other conversions round, whatever is fused around them.
func withoutRedundantConversions(l *Loop) *Loop {
	loads := len(l.Loads)
	now := make([]int, loads+len(l.Code))
	held := make([]dtypes.DType, loads+len(l.Code)) // the type whose numbers a register surely holds
	for i := range loads {
		now[i], held[i] = i, l.Loads[i].DType
	}
	onlyStored := storedAs(l)
	out := &Loop{Rows: l.Rows, Cols: l.Cols, Loads: l.Loads}
	for i, in := range l.Code {
		r := loads + i
		args := make([]int, len(in.Args))
		for j, a := range in.Args {
			args[j] = now[a]
		}
		held[r] = dtypes.Float32
		if in.Op == compute.OpTypeConvertDType && InFloat32(in.DType) && InFloat32(in.Source) {
			was := held[in.Args[0]]
			if in.DType == dtypes.Float32 || in.DType == was || onlyStored[r] == in.DType {
				now[r], held[r] = args[0], was
				continue
			}
			held[r] = in.DType
		}
		in.Args = args
		out.Code = append(out.Code, in)
		now[r] = loads + len(out.Code) - 1
	}
	for _, s := range l.Stores {
		s.Reg = now[s.Reg]
		out.Stores = append(out.Stores, s)
	}
	return out
}

// storedAs is, for each register that is only stored, and to memory of one data type, that type.
func storedAs(l *Loop) map[int]dtypes.DType {
	types := map[int]dtypes.DType{}
	for _, s := range l.Stores {
		if d, seen := types[s.Reg]; seen && d != s.DType || s.Target != Elements && s.Target != PerRow {
			types[s.Reg] = dtypes.InvalidDType
			continue
		}
		types[s.Reg] = s.DType
	}
	for _, in := range l.Code {
		for _, a := range in.Args {
			types[a] = dtypes.InvalidDType
		}
	}
	return types
}

// convertOf is a conversion between data types of one class, or from and to bool. Where the
// result's type has fewer numbers than registers have, it rounds.
func convertOf[T Number](in Instr) func(dst, a []T) {
	if in.DType == dtypes.Bool && in.Source != dtypes.Bool {
		return each(func(x T) T { return truth[T](x != 0) })
	}
	if in.DType == in.Source {
		return func(dst, a []T) { copy(dst, a) }
	}
	var z T
	var f any
	switch any(z).(type) {
	case float32:
		f = roundTo32(in.DType)
	case float64:
		f = roundTo64(in.DType)
	}
	if fraction := T(1) / 2; fraction != 0 && in.DType.IsInt() {
		f = each(wholeOf[T](in.DType))
	}
	if f, ok := f.(func(dst, a []T)); ok && f != nil {
		return f
	}
	return func(dst, a []T) { copy(dst, a) }
}

// roundTo32 rounds float32 numbers to those of a shorter float; nil for other types.
func roundTo32(d dtypes.DType) func(dst, a []float32) {
	switch d {
	case dtypes.BFloat16:
		return vec.RoundBF16
	case dtypes.Float16:
		return each(func(x float32) float32 { return vec.FromF16(vec.F16(x)) })
	}
	return nil
}

// roundTo64 rounds float64 numbers to those of a shorter float; nil for other types.
func roundTo64(d dtypes.DType) func(dst, a []float64) {
	switch d {
	case dtypes.Float32:
		return each(func(x float64) float64 { return float64(float32(x)) })
	case dtypes.BFloat16:
		return each(func(x float64) float64 { return bfloat16.BFloat16(vec.BF16(odd(x))).Float64() })
	case dtypes.Float16:
		return each(func(x float64) float64 { return float64(vec.FromF16(vec.F16(odd(x)))) })
	}
	return nil
}

// odd rounds x to float32 to odd: where x is not exact in float32, it is the neighbour whose last
// digit is odd. Rounding that to a shorter float gives what rounding x gives, without double
// rounding.
func odd(x float64) float32 {
	f := float32(x)
	if float64(f) == x || x != x {
		return f
	}
	b := math.Float32bits(f)
	if math.Abs(float64(f)) > math.Abs(x) {
		b--
	}
	return math.Float32frombits(b | 1)
}

// integer are the integers in memory.
type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// whole truncates x to an integer. Out of range it saturates to the nearest end, and NaN becomes 0:
// Go leaves both to the processor.
func whole[S integer](x float64) S {
	low, high := bounds[S]()
	switch {
	case x != x:
		return 0
	case x <= float64(low):
		return low
	case x >= float64(high):
		return high
	}
	return S(x)
}

// bounds are the smallest and the largest integer of a type.
func bounds[S integer]() (low, high S) {
	var zero S
	if ones := ^zero; ones > 0 {
		return 0, ones
	}
	low = 1
	for low > 0 {
		low <<= 1
	}
	return low, ^low
}

// wholeOf is whole for an integer type, in a register of floats.
func wholeOf[T Number](d dtypes.DType) func(x T) T {
	switch d {
	case dtypes.Int8:
		return func(x T) T { return T(whole[int8](float64(x))) }
	case dtypes.Int16:
		return func(x T) T { return T(whole[int16](float64(x))) }
	case dtypes.Int32:
		return func(x T) T { return T(whole[int32](float64(x))) }
	case dtypes.Int64:
		return func(x T) T { return T(whole[int64](float64(x))) }
	case dtypes.Uint8:
		return func(x T) T { return T(whole[uint8](float64(x))) }
	case dtypes.Uint16:
		return func(x T) T { return T(whole[uint16](float64(x))) }
	case dtypes.Uint32:
		return func(x T) T { return T(whole[uint32](float64(x))) }
	}
	return func(x T) T { return T(whole[uint64](float64(x))) }
}
