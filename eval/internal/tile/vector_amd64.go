//go:build goexperiment.simd

package tile

import "simd/archsimd"

// multiply is the fastest of the versions that the machine can run.
var multiply = fastest()

func fastest() func(dst *Block, rows, columns []float32) {
	switch {
	case archsimd.X86.AVX512():
		return multiplyAVX512
	case archsimd.X86.AVX2() && archsimd.X86.FMA():
		return multiplyAVX2
	}
	return multiplyPortable
}

// rowsAtOnce is how many rows the vector versions handle at a time: with two
// vectors of columns that makes eight sums, enough to hide the latency of a
// multiplication and few enough to stay in the 15 registers that Go uses.
const rowsAtOnce = 4

func multiplyAVX512(dst *Block, rows, columns []float32) {
	for r := 0; r < Rows; r += rowsAtOnce {
		partAVX512(dst[r*Columns:], rows[r:], columns)
	}
	archsimd.ClearAVXUpperBits()
}

// partAVX512 computes 4 rows × 32 columns.
func partAVX512(dst, rows, columns []float32) {
	var s0, s1, s2, s3, t0, t1, t2, t3 archsimd.Float32x16
	for i, j := 0, 0; i+rowsAtOnce <= len(rows) && j+32 <= len(columns); i, j = i+Rows, j+Columns {
		x := (*[rowsAtOnce]float32)(rows[i : i+rowsAtOnce])
		y := archsimd.LoadFloat32x16((*[16]float32)(columns[j : j+16]))
		z := archsimd.LoadFloat32x16((*[16]float32)(columns[j+16 : j+32]))
		v := archsimd.BroadcastFloat32x16(x[0])
		s0, t0 = v.MulAdd(y, s0), v.MulAdd(z, t0)
		v = archsimd.BroadcastFloat32x16(x[1])
		s1, t1 = v.MulAdd(y, s1), v.MulAdd(z, t1)
		v = archsimd.BroadcastFloat32x16(x[2])
		s2, t2 = v.MulAdd(y, s2), v.MulAdd(z, t2)
		v = archsimd.BroadcastFloat32x16(x[3])
		s3, t3 = v.MulAdd(y, s3), v.MulAdd(z, t3)
	}
	store512(dst, s0, t0)
	store512(dst[Columns:], s1, t1)
	store512(dst[2*Columns:], s2, t2)
	store512(dst[3*Columns:], s3, t3)
}

func store512(dst []float32, s, t archsimd.Float32x16) {
	s.Store((*[16]float32)(dst))
	t.Store((*[16]float32)(dst[16:]))
}

func multiplyAVX2(dst *Block, rows, columns []float32) {
	for r := 0; r < Rows; r += rowsAtOnce {
		for c := 0; c < Columns; c += 16 {
			partAVX2(dst[r*Columns+c:], rows[r:], columns[c:])
		}
	}
	archsimd.ClearAVXUpperBits()
}

// partAVX2 computes 4 rows × 16 columns.
func partAVX2(dst, rows, columns []float32) {
	var s0, s1, s2, s3, t0, t1, t2, t3 archsimd.Float32x8
	for i, j := 0, 0; i+rowsAtOnce <= len(rows) && j+16 <= len(columns); i, j = i+Rows, j+Columns {
		x := (*[rowsAtOnce]float32)(rows[i : i+rowsAtOnce])
		y := archsimd.LoadFloat32x8((*[8]float32)(columns[j : j+8]))
		z := archsimd.LoadFloat32x8((*[8]float32)(columns[j+8 : j+16]))
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
