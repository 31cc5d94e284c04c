package weights

import "errors"

// Element types of the safetensors format that dino reads and writes. All are
// little-endian; BOOL is one byte, 0 or 1.
const (
	F64  = "F64"
	F32  = "F32"
	F16  = "F16"
	BF16 = "BF16"
	I64  = "I64"
	I32  = "I32"
	I16  = "I16"
	I8   = "I8"
	U8   = "U8"
	Bool = "BOOL"
)

// dtypeSize is the number of bytes of one element of each known type.
var dtypeSize = map[string]int{
	F64: 8, I64: 8,
	F32: 4, I32: 4,
	F16: 2, BF16: 2, I16: 2,
	I8: 1, U8: 1, Bool: 1,
}

// Element types that other programs write and that are listed, but not read as numbers.
var listedSize = map[string]int{
	"U16": 2, "U32": 4, "U64": 8, "C64": 8, "C128": 16, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}

// ErrElementType is wrapped by the error about a tensor whose elements are not read as numbers. A
// file may hold such tensors beside others: they are listed.
var ErrElementType = errors.New("unknown element type")

const knownDTypes = "F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL"

// elementSize is the number of bytes of an element of a type that is read or listed.
func elementSize(dtype string) int { return dtypeSize[dtype] + listedSize[dtype] }
