// Package loop runs a group of elementwise operations, broadcasts, conversions and reductions in
// one pass over tiles that stay in cache.
//
// A [Loop] is a program in single-assignment form over a space of Rows × Cols elements. Its
// registers hold one of four kinds of value: a full tile, one number per row (the result of a
// reduction of each row), one number per column (a bias), or a single number; operations on
// anything but tiles cost next to nothing. Softmax, layer norm, their gradients, GELU and AdamW are
// all such programs; nothing is special about them.
package loop

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// Load reads a tensor of Rows·Cols elements, given as a view of a slot, into a register.
type Load struct {
	Slot  int
	DType dtypes.DType
	View  view.View
}

// Instr computes the register numbered len(Loads) + its own position from up to three others.
type Instr struct {
	Op    compute.OpType
	Args  []int
	DType dtypes.DType // of the result, which bounds integers
	// Source is the data type that the operation works in where it differs from the result's:
	// comparisons and conversions.
	Source dtypes.DType
}

// Target says what a [Store] keeps of a register.
type Target uint8

// Targets of a store.
const (
	Elements Target = iota // every element, row-major
	PerRow                 // one number per row
	Columns                // the reduction of each column over all rows
	Total                  // the reduction of everything
)

// Store writes a register to a slot.
type Store struct {
	Reg    int
	Slot   int
	DType  dtypes.DType
	Target Target
	Reduce compute.OpType // of Columns and Total
}

// Loop is a program over Rows × Cols elements. A loop without rows of meaning (no reductions of
// rows, nothing broadcast along them) has Cols 1.
type Loop struct {
	Rows, Cols int
	Loads      []Load
	Code       []Instr
	Stores     []Store
}

// Number is what registers hold: all data types are computed in one of these.
type Number interface {
	float32 | float64 | int64 | uint64
}

// Class is the type of the registers in which a data type is computed.
type Class uint8

// Classes of data types.
const (
	AnyClass Class = iota // bool goes with all others
	F32
	F64
	I64
	U64
)

// ClassOf returns the class of a data type; ok is false where there is none.
func ClassOf(d dtypes.DType) (class Class, ok bool) {
	switch {
	case d == dtypes.Bool:
		return AnyClass, true
	case d == dtypes.Float64:
		return F64, true
	case d == dtypes.Float32 || d == dtypes.BFloat16 || d == dtypes.Float16:
		return F32, true
	case d.IsInt() && d.IsUnsigned():
		return U64, true
	case d.IsInt():
		return I64, true
	}
	return AnyClass, false
}

// Compile returns the kernels that run l with registers of the given class, in a program that it
// may add scratch slots to.
func Compile(p *program.Program, name string, class Class, l *Loop) []program.Kernel {
	switch class {
	case F64:
		return compile[float64](p, name, l)
	case I64:
		return compile[int64](p, name, l)
	case U64:
		return compile[uint64](p, name, l)
	}
	return compile[float32](p, name, l)
}
