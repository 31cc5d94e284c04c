package weights

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a dense row-major array: Data holds the elements little-endian,
// the last axis varying fastest. A scalar has an empty Shape and one element.
type Tensor struct {
	DType string // F32, I64, …
	Shape []int
	Data  []byte // product(Shape) elements
}

// FromFloat32s returns an F32 tensor with a copy of data. It panics if data
// does not have product(shape) elements.
func FromFloat32s(shape []int, data []float32) Tensor {
	t := alloc(F32, shape, len(data))
	for i, v := range data {
		binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(v))
	}
	return t
}

// FromFloat64s returns an F64 tensor with a copy of data. It panics if data
// does not have product(shape) elements.
func FromFloat64s(shape []int, data []float64) Tensor {
	t := alloc(F64, shape, len(data))
	for i, v := range data {
		binary.LittleEndian.PutUint64(t.Data[8*i:], math.Float64bits(v))
	}
	return t
}

// FromInt64s returns an I64 tensor with a copy of data. It panics if data does
// not have product(shape) elements.
func FromInt64s(shape []int, data []int64) Tensor {
	t := alloc(I64, shape, len(data))
	for i, v := range data {
		binary.LittleEndian.PutUint64(t.Data[8*i:], uint64(v))
	}
	return t
}

// FromBytes returns a U8 tensor with a copy of data. It panics if data does not
// have product(shape) elements.
func FromBytes(shape []int, data []byte) Tensor {
	t := alloc(U8, shape, len(data))
	copy(t.Data, data)
	return t
}

// alloc returns a zeroed tensor for n elements.
func alloc(dtype string, shape []int, n int) Tensor {
	if want, err := byteLen(dtype, shape); err != nil || want != int64(n*dtypeSize[dtype]) {
		panic(fmt.Sprintf("weights: %d elements do not fill a tensor of shape %v", n, shape))
	}
	return Tensor{
		DType: dtype,
		Shape: append([]int{}, shape...),
		Data:  make([]byte, n*dtypeSize[dtype]),
	}
}

// Len returns the number of elements, the product of the shape.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Float32s returns the elements of a floating point tensor as float32. F16 and
// BF16 are converted exactly, F64 is rounded to the nearest float32.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	out := make([]float32, t.Len())
	switch t.DType {
	case F32:
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		}
	case F64:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		}
	case F16:
		for i := range out {
			out[i] = float16ToFloat32(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	case BF16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Data[2*i:])) << 16)
		}
	default:
		return nil, fmt.Errorf("weights: tensor has type %s, want a floating point type (F64, F32, F16, BF16)", t.DType)
	}
	return out, nil
}

// Float64s returns the elements of a floating point tensor as float64; every
// conversion is exact.
func (t Tensor) Float64s() ([]float64, error) {
	if t.DType != F64 {
		narrow, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		out := make([]float64, len(narrow))
		for i, v := range narrow {
			out[i] = float64(v)
		}
		return out, nil
	}
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	out := make([]float64, t.Len())
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return out, nil
}

// Int64s returns the elements of an integer or BOOL tensor as int64.
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	out := make([]int64, t.Len())
	switch t.DType {
	case I64:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		}
	case I32:
		for i := range out {
			out[i] = int64(int32(binary.LittleEndian.Uint32(t.Data[4*i:])))
		}
	case I16:
		for i := range out {
			out[i] = int64(int16(binary.LittleEndian.Uint16(t.Data[2*i:])))
		}
	case I8:
		for i := range out {
			out[i] = int64(int8(t.Data[i]))
		}
	case U8, Bool:
		for i := range out {
			out[i] = int64(t.Data[i])
		}
	default:
		return nil, fmt.Errorf("weights: tensor has type %s, want an integer type (I64, I32, I16, I8, U8, BOOL)",
			t.DType)
	}
	return out, nil
}

// Bytes returns the elements of a U8 or BOOL tensor. The slice is the tensor's
// own data, not a copy.
func (t Tensor) Bytes() ([]byte, error) {
	if err := t.Check(); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if t.DType != U8 && t.DType != Bool {
		return nil, fmt.Errorf("weights: tensor has type %s, want U8 or BOOL", t.DType)
	}
	return t.Data, nil
}

// Check verifies that the data has the length that type and shape ask for.
func (t Tensor) Check() error {
	want, err := byteLen(t.DType, t.Shape)
	if err != nil {
		return err
	}
	if int64(len(t.Data)) != want {
		return fmt.Errorf("%s tensor of shape %v needs %d bytes, has %d", t.DType, t.Shape, want, len(t.Data))
	}
	return nil
}

// byteLen returns the size of a tensor in bytes, or an error for an unknown
// type, a negative dimension or a size beyond the range of int64.
func byteLen(dtype string, shape []int) (int64, error) {
	size, ok := dtypeSize[dtype]
	if !ok {
		return 0, fmt.Errorf("%w %q; known are %s", ErrElementType, dtype, knownDTypes)
	}
	n := int64(size)
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		if d != 0 && n > math.MaxInt64/int64(d) {
			return 0, fmt.Errorf("shape %v of type %s overflows: more than 2^63 bytes", shape, dtype)
		}
		n *= int64(d)
	}
	return n, nil
}

// float16ToFloat32 converts an IEEE 754 half: 1 sign, 5 exponent (bias 15) and
// 10 mantissa bits. The conversion is exact.
func float16ToFloat32(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent := uint32(h>>10) & 0x1f
	mantissa := uint32(h) & 0x3ff
	switch exponent {
	case 0: // zero or subnormal: mantissa · 2⁻²⁴
		v := float32(mantissa) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | mantissa<<13)
	default:
		return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
	}
}
