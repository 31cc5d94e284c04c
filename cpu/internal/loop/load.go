package loop

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"

	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/vec"
	"github.com/dino-go/dino/cpu/internal/view"
)

// loader fills a register from memory.
type loader[T Number] struct {
	slot   int
	kind   kind
	cols   int
	view   view.View // collapsed
	step   int       // between the elements of a row
	even   bool      // one number per row, evenly spaced
	dense  bool      // the whole space lies side by side
	direct bool      // memory already holds elements of T
	read   reader[T]
	size   int // bytes of an element
}

// reader converts len(dst) elements that lie step apart, the first of them at element `at` of
// memory.
type reader[T Number] func(dst []T, memory []byte, at, step int)

func newLoader[T Number](l *Loop, load *Load) loader[T] {
	c := load.View.Collapse()
	step, ok := c.Rows(l.Cols)
	if !ok {
		panic("loop: a load is broken within rows")
	}
	ld := loader[T]{
		slot: load.Slot, cols: l.Cols, view: c, step: step, dense: load.View.Contiguous(),
		direct: holds[T](load.DType), read: readerOf[T](load.DType), size: load.DType.Size(),
	}
	ld.kind = extentOf(c, l)
	ld.even = ld.kind == row && len(c.Dims) == 2 && c.Dims[0] == l.Rows
	return ld
}

// extentOf tells along which axes a collapsed view really varies.
func extentOf(c view.View, l *Loop) kind {
	moves := false
	for _, s := range c.Strides {
		moves = moves || s != 0
	}
	step, _ := c.Rows(l.Cols)
	switch {
	case !moves || l.Rows*l.Cols == 1:
		return one
	case step == 0 && l.Cols > 1:
		return row
	case l.Cols > 1 && len(c.Dims) == 2 && c.Strides[0] == 0 && c.Dims[1] == l.Cols, l.Rows == 1 && l.Cols > 1:
		return col
	}
	return full
}

// copies tells whether the register needs a buffer, because memory cannot be read in place.
func (l *loader[T]) copies() bool {
	switch l.kind {
	case full:
		return !(l.direct && l.dense)
	case col:
		return !(l.direct && l.step == 1)
	}
	return true
}

// once loads what does not depend on the row.
func (l *loader[T]) once(f *program.Frame, buffer []T) []T {
	n := 1
	if l.kind == col {
		n = l.cols
	}
	memory := f.Bytes(l.slot)
	if buffer == nil {
		return program.Cast[T](memory)[l.view.Offset : l.view.Offset+n]
	}
	l.read(buffer[:n], memory, l.view.Offset, l.step)
	return buffer[:n]
}

// tile loads rows [first, first+rows).
func (l *loader[T]) tile(f *program.Frame, buffer []T, first, rows int) []T {
	memory := f.Bytes(l.slot)
	switch {
	case l.kind == row && l.even:
		l.read(buffer[:rows], memory, l.view.Offset+first*l.view.Strides[0], l.view.Strides[0])
		return buffer[:rows]
	case l.kind == row:
		for r := range rows {
			l.read(buffer[r:r+1], memory, l.view.At((first+r)*l.cols), 0)
		}
		return buffer[:rows]
	}
	n, start := rows*l.cols, first*l.cols
	if l.dense {
		if buffer == nil {
			at := l.view.Offset + start
			return program.Cast[T](memory)[at : at+n]
		}
		l.read(buffer[:n], memory, l.view.Offset+start, 1)
		return buffer[:n]
	}
	for r := range rows {
		l.read(buffer[r*l.cols:(r+1)*l.cols], memory, l.view.At(start+r*l.cols), l.step)
	}
	return buffer[:n]
}

// holds tells whether memory of a data type is a slice of T.
func holds[T Number](d dtypes.DType) bool {
	var z T
	switch any(z).(type) {
	case float32:
		return d == dtypes.Float32
	case float64:
		return d == dtypes.Float64
	case int64:
		return d == dtypes.Int64
	}
	return d == dtypes.Uint64
}

func readerOf[T Number](d dtypes.DType) reader[T] {
	switch d {
	case dtypes.Float32:
		return readNumbers[float32, T]
	case dtypes.Float64:
		return readNumbers[float64, T]
	case dtypes.Int8:
		return readNumbers[int8, T]
	case dtypes.Int16:
		return readNumbers[int16, T]
	case dtypes.Int32:
		return readNumbers[int32, T]
	case dtypes.Int64:
		return readNumbers[int64, T]
	case dtypes.Uint8, dtypes.Bool:
		return readNumbers[uint8, T]
	case dtypes.Uint16:
		return readNumbers[uint16, T]
	case dtypes.Uint32:
		return readNumbers[uint32, T]
	case dtypes.Uint64:
		return readNumbers[uint64, T]
	case dtypes.BFloat16:
		if f, ok := any(reader[float32](readBFloat16Vector)).(reader[T]); ok {
			return f
		}
		return readBFloat16[T]
	case dtypes.Float16:
		return readFloat16[T]
	}
	panic("loop: cannot load " + d.String())
}

func readNumbers[S, T real](dst []T, memory []byte, at, step int) {
	src := program.Cast[S](memory)
	if step == 1 {
		src = src[at : at+len(dst)]
		for i := range dst {
			dst[i] = T(src[i])
		}
		return
	}
	for i := range dst {
		dst[i] = T(src[at])
		at += step
	}
}

// readBFloat16Vector is readBFloat16 for float32, in vectors where the elements lie side by side.
func readBFloat16Vector(dst []float32, memory []byte, at, step int) {
	if step == 1 {
		vec.FromBF16(dst, program.Cast[uint16](memory)[at:at+len(dst)])
		return
	}
	readBFloat16(dst, memory, at, step)
}

func readBFloat16[T Number](dst []T, memory []byte, at, step int) {
	src := program.Cast[bfloat16.BFloat16](memory)
	for i := range dst {
		dst[i] = T(src[at].Float32())
		at += step
	}
}

func readFloat16[T Number](dst []T, memory []byte, at, step int) {
	src := program.Cast[uint16](memory)
	for i := range dst {
		dst[i] = T(vec.FromF16(src[at]))
		at += step
	}
}

// real are the types of numbers in memory that Go converts by itself.
type real interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}
