package eval

// dotProducts writes a·bᵀ to the start of dst: a is [m, cols], b is [n, cols],
// dst becomes [m, n], all row-major. It works on tiles of 2 × 4 dot products,
// whose eight sums stay in registers; every sum runs over the columns in order.
func dotProducts(dst, a, b []float32, cols int) {
	m, n := len(a)/cols, len(b)/cols
	for i := 0; i < m; i += 2 {
		row0 := a[i*cols:][:cols]
		row1 := a[min(i+1, m-1)*cols:][:cols]
		out0 := dst[i*n:][:n]
		out1 := dst[min(i+1, m-1)*n:][:n]
		j := 0
		for ; j+4 <= n; j += 4 {
			dotTile(out0[j:j+4], out1[j:j+4], row0, row1, b[j*cols:][:4*cols])
		}
		for ; j < n; j++ {
			out0[j] = dot32(row0, b[j*cols:][:cols])
			out1[j] = dot32(row1, b[j*cols:][:cols])
		}
	}
}

// dotTile writes the dot products of two rows with the four rows of b.
func dotTile(out0, out1, row0, row1, b []float32) {
	cols := len(row0)
	row1 = row1[:cols]
	b0, b1, b2, b3 := b[:cols], b[cols:][:cols], b[2*cols:][:cols], b[3*cols:][:cols]
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for c, x0 := range row0 {
		x1, y0, y1, y2, y3 := row1[c], b0[c], b1[c], b2[c], b3[c]
		s00 += x0 * y0
		s01 += x0 * y1
		s02 += x0 * y2
		s03 += x0 * y3
		s10 += x1 * y0
		s11 += x1 * y1
		s12 += x1 * y2
		s13 += x1 * y3
	}
	out0[0], out0[1], out0[2], out0[3] = s00, s01, s02, s03
	out1[0], out1[1], out1[2], out1[3] = s10, s11, s12, s13
}

// dot32 returns the dot product of two vectors of one length, in float32.
func dot32(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// dot64 returns the dot product of two vectors of one length, in float64.
func dot64(a, b []float32) float64 {
	b = b[:len(a)]
	sum := 0.0
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}
