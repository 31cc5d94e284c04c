package augment

// Resampling weights are multiples of 2^−weightBits. Eight bits of a sample, 22
// of a weight and two for the kernel's overshoot fill an int32.
const weightBits = 22

// resampler holds the weights that map `in` samples to some of `out` samples
// along one axis.
//
// Output i has its centre c = s·(i + ½) in the input, s = in/out. It takes the
// inputs from max(0, ⌊c − f·support + ½⌋) up to, not including,
// min(in, ⌊c + f·support + ½⌋), f = max(s, 1), weighted by
// kernel((j − c + ½)/f); the weights are divided by their sum and rounded to
// multiples of 2^−22, half away from zero. So shrinking widens the kernel, and
// at a border the weights are renormalised. (Pillow, Resample.c.)
type resampler struct {
	first  []int   // first input of each output
	count  []int   // its number of inputs
	weight []int32 // its weights, from i·taps on; those after count are 0
	taps   int     // largest count
	raw    []float64
	pairs  [][8]int32 // weight once more, laid out for vectors, or nothing
}

// prepare computes the weights of the outputs from, …, from+n−1.
func (r *resampler) prepare(in, out, from, n int, f Interpolation) {
	scale := float64(in) / float64(out)
	widening := max(scale, 1)
	support := f.support() * widening
	r.taps = min(in, 2*int(support+1)+1)
	r.first, r.count = grow(r.first, n), grow(r.count, n)
	r.weight, r.raw = grow(r.weight, n*r.taps), grow(r.raw, r.taps)
	for i := range n {
		center := float64(scale * (float64(from+i) + 0.5))
		first := max(0, int(center-support+0.5))
		raw := r.raw[:min(in, int(center+support+0.5))-first]
		sum := 0.0
		for j := range raw {
			raw[j] = f.at((float64(first+j) - center + 0.5) / widening)
			sum += raw[j]
		}
		r.first[i], r.count[i] = first, len(raw)
		weight := r.weight[i*r.taps : (i+1)*r.taps]
		clear(weight[len(raw):])
		for j, w := range raw {
			weight[j] = fixedPoint(w / sum)
		}
	}
	r.layPairs()
}

// fixedPoint rounds w to a multiple of 2^−22, half away from zero.
func fixedPoint(w float64) int32 {
	if w < 0 {
		return int32(w*(1<<weightBits) - 0.5)
	}
	return int32(w*(1<<weightBits) + 0.5)
}

// weights returns the weights of output i.
func (r *resampler) weights(i int) []int32 {
	return r.weight[i*r.taps:][:r.count[i]]
}

// span returns the range of inputs that the outputs need.
func (r *resampler) span() (from, to int) {
	last := len(r.first) - 1
	return r.first[0], r.first[last] + r.count[last]
}

// resample cuts box out of src, resizes it to width × height and returns the
// window of the result, computing nothing outside. Columns come first, the
// intermediate rows are rounded to 8 bits, and an axis that keeps its length is
// skipped.
func (s *Scratch) resample(src *Image, box Box, width, height int, window Box, f Interpolation) *Image {
	dst := s.other(src, window.Width, window.Height)
	in := plane{pix: src.Pix, stride: channels * src.Width}.from(box.Top, box.Left)
	out := plane{pix: dst.Pix, stride: channels * dst.Width}
	if box.Height == height {
		in = in.from(window.Top, 0)
		s.resampleColumns(out, in, window.Height, box.Width, width, window, f)
		return dst
	}
	s.rows.prepare(box.Height, height, window.Top, window.Height, f)
	from, to := s.rows.span()
	if box.Width == width {
		in = in.from(0, window.Left)
	} else {
		s.between = grow(s.between, (to-from)*out.stride)
		between := plane{pix: s.between, stride: out.stride}
		s.resampleColumns(between, in.from(from, 0), to-from, box.Width, width, window, f)
		in = between
		for i := range s.rows.first {
			s.rows.first[i] -= from
		}
	}
	for i, first := range s.rows.first {
		weightedRows(out.row(i, out.stride), in.from(first, 0), s.rows.weights(i))
	}
	return dst
}

// resampleColumns resizes n rows of `before` pixels to `after` pixels and
// writes the window's columns.
func (s *Scratch) resampleColumns(out, in plane, n, before, after int, window Box, f Interpolation) {
	if before == after {
		in = in.from(0, window.Left)
		for y := range n {
			copy(out.row(y, channels*window.Width), in.row(y, channels*window.Width))
		}
		return
	}
	s.columns.prepare(before, after, window.Left, window.Width, f)
	for y := 0; y < n; y += rowsAtOnce {
		rows := min(rowsAtOnce, n)
		top := min(y, n-rows) // the last rows may overlap the ones before
		weightedColumns(out.from(top, 0), in.from(top, 0), rows, &s.columns)
	}
}

// plane is a rectangle of RGB pixels within a larger image: row y starts
// y·stride samples into pix.
type plane struct {
	pix    []uint8
	stride int
}

// from returns the plane that starts at the given row and column of p.
func (p plane) from(row, column int) plane {
	return plane{pix: p.pix[row*p.stride+channels*column:], stride: p.stride}
}

// row returns n samples of row y.
func (p plane) row(y, n int) []uint8 { return p.pix[y*p.stride:][:n] }

// rowsAtOnce is how many rows are resampled horizontally at a time, so that each
// weight is loaded once for all of them.
const rowsAtOnce = 4

// weightedColumns computes n rows of a horizontal resampling, for each output
// pixel and channel ⌊Σ_j weight_j·in_j·2^−22 + ½⌋, clamped to 0…255.
func weightedColumns(out, in plane, n int, r *resampler) {
	for i := weightedColumnsVector(out, in, n, r); i < len(r.first); i++ {
		for y := range n {
			src, dst := in.pix[y*in.stride+channels*r.first[i]:], out.pix[y*out.stride+channels*i:]
			weightedPixel(dst, src, r.weights(i))
		}
	}
}

// weightedPixel weights the leading pixels of src.
func weightedPixel(dst, src []uint8, weights []int32) {
	red, green, blue := int32(1<<(weightBits-1)), int32(1<<(weightBits-1)), int32(1<<(weightBits-1))
	for _, w := range weights {
		red += w * int32(src[0])
		green += w * int32(src[1])
		blue += w * int32(src[2])
		src = src[channels:]
	}
	dst[0], dst[1], dst[2] = sample(red), sample(green), sample(blue)
}

// weightedRows computes one row of a vertical resampling from the first
// len(weights) rows of src, with the arithmetic of weightedColumns.
func weightedRows(dst []uint8, src plane, weights []int32) {
	for x := weightedRowsVector(dst, src, weights); x < len(dst); x++ {
		sum := int32(1 << (weightBits - 1))
		for j, w := range weights {
			sum += w * int32(src.pix[j*src.stride+x])
		}
		dst[x] = sample(sum)
	}
}

// sample drops the fraction bits of a weighted sum and clamps it to 0…255.
func sample(sum int32) uint8 {
	return uint8(min(max(sum>>weightBits, 0), 255))
}
