// Package tile computes blocks of dot products: [Rows] vectors on one side with
// [Columns] on the other, both packed so that one component of all of them lies
// together. It is the inner loop of every metric that compares all features
// with all.
//
//	dst[r, c] = Σₖ rows[k, r]·columns[k, c]
//
// Every sum runs over k in order, so a product depends on its two vectors and
// the machine's instructions alone, not on what else is in the block.
package tile

// Rows and Columns are the numbers of vectors on the two sides of a block.
const (
	Rows    = 8
	Columns = 32
)

// Block holds the products of one block, [Rows, Columns] row-major.
type Block [Rows * Columns]float32

// Products fills dst with the products of packed rows, [depth, Rows], and
// packed columns, [depth, Columns]; depth is at least 1.
func Products(dst *Block, rows, columns []float32) {
	depth := len(rows) / Rows
	multiply(dst, rows[:depth*Rows], columns[:depth*Columns])
}

// Pack writes vector, times scale, to place at of a packed side that holds side
// vectors: packed[k·side + at] = scale·vector[k].
func Pack(packed []float32, side, at int, vector []float32, scale float32) {
	for k, v := range vector {
		packed[k*side+at] = scale * v
	}
}

// PackRows packs Rows vectors of one length, each times its scale: packed[k·Rows
// + r] = scales[r]·vectors[r][k].
func PackRows(packed []float32, vectors *[Rows][]float32, scales *[Rows]float32) {
	n := len(vectors[0])
	v0, v1, v2, v3 := vectors[0][:n], vectors[1][:n], vectors[2][:n], vectors[3][:n]
	v4, v5, v6, v7 := vectors[4][:n], vectors[5][:n], vectors[6][:n], vectors[7][:n]
	for k := range n {
		p := (*[Rows]float32)(packed[k*Rows:])
		p[0], p[1], p[2], p[3] = scales[0]*v0[k], scales[1]*v1[k], scales[2]*v2[k], scales[3]*v3[k]
		p[4], p[5], p[6], p[7] = scales[4]*v4[k], scales[5]*v5[k], scales[6]*v6[k], scales[7]*v7[k]
	}
}

// Clear sets place at of a packed side to zero.
func Clear(packed []float32, side, at int) {
	for k := at; k < len(packed); k += side {
		packed[k] = 0
	}
}

// multiplyPortable is multiply in plain Go: four rows by two columns at a time,
// whose eight sums stay in registers.
func multiplyPortable(dst *Block, rows, columns []float32) {
	for r := 0; r < Rows; r += 4 {
		for c := 0; c < Columns; c += 2 {
			var s00, s01, s10, s11, s20, s21, s30, s31 float32
			for i, j := r, c; i+4 <= len(rows) && j+2 <= len(columns); i, j = i+Rows, j+Columns {
				x, y := rows[i:i+4:i+4], columns[j:j+2:j+2]
				s00 += x[0] * y[0]
				s01 += x[0] * y[1]
				s10 += x[1] * y[0]
				s11 += x[1] * y[1]
				s20 += x[2] * y[0]
				s21 += x[2] * y[1]
				s30 += x[3] * y[0]
				s31 += x[3] * y[1]
			}
			at := r*Columns + c
			dst[at], dst[at+1] = s00, s01
			dst[at+Columns], dst[at+Columns+1] = s10, s11
			dst[at+2*Columns], dst[at+2*Columns+1] = s20, s21
			dst[at+3*Columns], dst[at+3*Columns+1] = s30, s31
		}
	}
}
