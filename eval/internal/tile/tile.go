// Package tile computes blocks of dot products: [Rows] vectors on one side with
// [Columns] on the other, both packed so that one component of all of them lies
// together. It is the inner loop of every method that compares all features with
// all, and of linear classifiers.
//
//	dst[r, c] = Σₖ rows[k][r]·columns[k][c]
//
// Every sum runs over k in order, so a product depends on its two vectors and
// the machine's instructions alone, not on what else is in the block.
package tile

// Rows and Columns are the numbers of vectors on the two sides of a block. Two
// AVX-512 registers hold one component of all columns; with four rows that makes
// eight sums, enough to hide the latency of a multiplication and few enough to
// stay in the 15 registers that Go uses.
const (
	Rows    = 4
	Columns = 32
)

// PackedRows holds the components of Rows vectors, one component an entry.
type PackedRows [][Rows]float32

// PackedColumns holds the components of Columns vectors, one component an entry.
type PackedColumns [][Columns]float32

// Block holds the products of one block, [Rows, Columns] row-major.
type Block [Rows * Columns]float32

// Products fills dst with the products of rows and columns of one length.
func Products(dst *Block, rows PackedRows, columns PackedColumns) {
	multiply(dst, rows, columns)
}

// Above sets bit c of dst[r] if product [r, c] exceeds floors[c], and clears it
// otherwise.
func Above(dst *[Rows]uint32, products *Block, floors *[Columns]float32) {
	above(dst, products, floors)
}

// Set packs vectors of p's length, each times its scale.
func (p PackedRows) Set(vectors *[Rows][]float32, scales *[Rows]float32) {
	v0, v1, v2, v3 := vectors[0][:len(p)], vectors[1][:len(p)], vectors[2][:len(p)], vectors[3][:len(p)]
	for k := range p {
		p[k] = [Rows]float32{scales[0] * v0[k], scales[1] * v1[k], scales[2] * v2[k], scales[3] * v3[k]}
	}
}

// Set packs a vector of p's length, times a scale, as vector number at.
func (p PackedColumns) Set(at int, vector []float32, scale float32) {
	vector = vector[:len(p)]
	for k := range p {
		p[k][at] = scale * vector[k]
	}
}

// Clear sets vector number at to zero.
func (p PackedColumns) Clear(at int) {
	for k := range p {
		p[k][at] = 0
	}
}

// multiplyPortable is multiply in plain Go: two columns at a time, whose eight
// sums stay in registers.
func multiplyPortable(dst *Block, rows PackedRows, columns PackedColumns) {
	columns = columns[:len(rows)]
	for c := 0; c < Columns; c += 2 {
		var s00, s01, s10, s11, s20, s21, s30, s31 float32
		for k := range rows {
			x, y := &rows[k], columns[k][c:c+2:c+2]
			s00 += x[0] * y[0]
			s01 += x[0] * y[1]
			s10 += x[1] * y[0]
			s11 += x[1] * y[1]
			s20 += x[2] * y[0]
			s21 += x[2] * y[1]
			s30 += x[3] * y[0]
			s31 += x[3] * y[1]
		}
		dst[c], dst[c+1] = s00, s01
		dst[Columns+c], dst[Columns+c+1] = s10, s11
		dst[2*Columns+c], dst[2*Columns+c+1] = s20, s21
		dst[3*Columns+c], dst[3*Columns+c+1] = s30, s31
	}
}

// abovePortable is above in plain Go.
func abovePortable(dst *[Rows]uint32, products *Block, floors *[Columns]float32) {
	for r := range dst {
		dst[r] = 0
		for c, v := range products[r*Columns : (r+1)*Columns] {
			if v > floors[c] {
				dst[r] |= 1 << c
			}
		}
	}
}
