//go:build goexperiment.simd

package tile

import "simd/archsimd"

// multiply and above are the fastest of the versions that the machine can run.
var multiply, above = fastest()

func fastest() (
	multiply func(dst *Block, rows PackedRows, columns PackedColumns),
	above func(dst *[Rows]uint32, products *Block, floors *[Columns]float32),
) {
	switch {
	case archsimd.X86.AVX512():
		return multiplyAVX512, aboveAVX512
	case archsimd.X86.AVX2() && archsimd.X86.FMA():
		return multiplyAVX2, aboveAVX2
	}
	return multiplyPortable, abovePortable
}

func multiplyAVX512(dst *Block, rows PackedRows, columns PackedColumns) {
	var s0, s1, s2, s3, t0, t1, t2, t3 archsimd.Float32x16
	columns = columns[:len(rows)]
	for k := range rows {
		x, c := &rows[k], &columns[k]
		y := archsimd.LoadFloat32x16((*[16]float32)(c[:16]))
		z := archsimd.LoadFloat32x16((*[16]float32)(c[16:]))
		v := archsimd.BroadcastFloat32x16(x[0])
		s0, t0 = v.MulAdd(y, s0), v.MulAdd(z, t0)
		v = archsimd.BroadcastFloat32x16(x[1])
		s1, t1 = v.MulAdd(y, s1), v.MulAdd(z, t1)
		v = archsimd.BroadcastFloat32x16(x[2])
		s2, t2 = v.MulAdd(y, s2), v.MulAdd(z, t2)
		v = archsimd.BroadcastFloat32x16(x[3])
		s3, t3 = v.MulAdd(y, s3), v.MulAdd(z, t3)
	}
	store512(dst[:Columns], s0, t0)
	store512(dst[Columns:2*Columns], s1, t1)
	store512(dst[2*Columns:3*Columns], s2, t2)
	store512(dst[3*Columns:], s3, t3)
	archsimd.ClearAVXUpperBits()
}

func store512(dst []float32, s, t archsimd.Float32x16) {
	s.Store((*[16]float32)(dst))
	t.Store((*[16]float32)(dst[16:]))
}

// multiplyAVX2 computes the block in two halves of 16 columns.
func multiplyAVX2(dst *Block, rows PackedRows, columns PackedColumns) {
	halfAVX2(dst[:], rows, columns, 0)
	halfAVX2(dst[16:], rows, columns, 16)
	archsimd.ClearAVXUpperBits()
}

// halfAVX2 computes 4 rows × 16 columns, from column first on.
func halfAVX2(dst []float32, rows PackedRows, columns PackedColumns, first int) {
	var s0, s1, s2, s3, t0, t1, t2, t3 archsimd.Float32x8
	columns = columns[:len(rows)]
	first &= 16 // what it is, told to the compiler
	for k := range rows {
		x, c := &rows[k], (*[16]float32)(columns[k][first:])
		y := archsimd.LoadFloat32x8((*[8]float32)(c[:8]))
		z := archsimd.LoadFloat32x8((*[8]float32)(c[8:]))
		v := archsimd.BroadcastFloat32x8(x[0])
		s0, t0 = v.MulAdd(y, s0), v.MulAdd(z, t0)
		v = archsimd.BroadcastFloat32x8(x[1])
		s1, t1 = v.MulAdd(y, s1), v.MulAdd(z, t1)
		v = archsimd.BroadcastFloat32x8(x[2])
		s2, t2 = v.MulAdd(y, s2), v.MulAdd(z, t2)
		v = archsimd.BroadcastFloat32x8(x[3])
		s3, t3 = v.MulAdd(y, s3), v.MulAdd(z, t3)
	}
	store256(dst, s0, t0)
	store256(dst[Columns:], s1, t1)
	store256(dst[2*Columns:], s2, t2)
	store256(dst[3*Columns:], s3, t3)
}

func store256(dst []float32, s, t archsimd.Float32x8) {
	s.Store((*[8]float32)(dst))
	t.Store((*[8]float32)(dst[8:]))
}

func aboveAVX512(dst *[Rows]uint32, products *Block, floors *[Columns]float32) {
	low := archsimd.LoadFloat32x16((*[16]float32)(floors[:16]))
	high := archsimd.LoadFloat32x16((*[16]float32)(floors[16:]))
	for r := range dst {
		p := (*[Columns]float32)(products[r*Columns:])
		a := archsimd.LoadFloat32x16((*[16]float32)(p[:16])).Greater(low).ToBits()
		b := archsimd.LoadFloat32x16((*[16]float32)(p[16:])).Greater(high).ToBits()
		dst[r] = uint32(a) | uint32(b)<<16
	}
	archsimd.ClearAVXUpperBits()
}

func aboveAVX2(dst *[Rows]uint32, products *Block, floors *[Columns]float32) {
	for r := range dst {
		dst[r] = 0
		for c := 0; c < Columns; c += 8 {
			p := archsimd.LoadFloat32x8((*[8]float32)(products[r*Columns+c:]))
			f := archsimd.LoadFloat32x8((*[8]float32)(floors[c:]))
			dst[r] |= uint32(p.Greater(f).ToBits()) << c
		}
	}
	archsimd.ClearAVXUpperBits()
}
