package augment

import "math"

// GaussianBlurPIL is Pillow's GaussianBlur, whose "radius" is a standard
// deviation in pixels: three box blurs along the rows, then three along the
// columns, each rounded to 8 bits.
//
// With σ² = Radius²/3, L = √(12σ² + 1) and l = ⌊(L − 1)/2⌋ the boxes have the radius
//
//	ρ = l + (2l + 1)(l(l + 1) − 3σ²) / (6(σ² − (l + 1)²))
//
// (Gwosdek et al., Theoretical foundations of Gaussian convolution by extended
// box filtering, 2011.)
type GaussianBlurPIL struct {
	Radius float64
}

// boxPasses is how many box blurs make one Gaussian.
const boxPasses = 3

func (op GaussianBlurPIL) apply(s *Scratch, src *Image) *Image {
	b := newBox(boxRadius(float32(op.Radius)))
	dst := s.inPlace(src)
	for y := range src.Height {
		s.blurRow(dst.row(y), src.row(y), b)
	}
	for range boxPasses {
		dst = s.blurColumns(dst, b)
	}
	return dst
}

// boxRadius returns ρ for a standard deviation.
func boxRadius(deviation float32) float32 {
	sigma2 := deviation * deviation / boxPasses
	length := float32(math.Sqrt(12*float64(sigma2) + 1))
	l := float32(math.Floor((float64(length) - 1) / 2))
	a := (2*l + 1) * (float32(l*(l+1)) - float32(3*sigma2))
	a /= 6 * (sigma2 - float32((l+1)*(l+1)))
	return l + a
}

// box is a box filter of fractional radius ρ with its k = ⌊ρ⌋ and weights in
// units of 2^−24: w = ⌊2²⁴/(2ρ + 1)⌋ for each of the 2k+1 pixels inside,
// e = ⌊(2²⁴ − (2k + 1)w)/2⌋ for the two at its edges.
type box struct {
	k            int
	inside, edge uint32
}

func newBox(radius float32) box {
	k := int(radius)
	w := uint32(float32(1<<24) / (2*radius + 1))
	return box{k: k, inside: w, edge: (1<<24 - uint32(2*k+1)*w) / 2}
}

// blurRow blurs one row three times.
func (s *Scratch) blurRow(dst, src []uint8, b box) {
	margin := channels * (b.k + 1)
	n := len(src)
	s.line, s.next = grow(s.line, n+2*margin), grow(s.next, n+2*margin)
	s.offsets = s.offsets[:0]
	for j := range 2*b.k + 3 {
		s.offsets = append(s.offsets, channels*j)
	}
	copy(s.line[margin:], src)
	for pass := range boxPasses {
		repeatEnds(s.line, margin)
		out := s.next[margin : margin+n]
		if pass == boxPasses-1 {
			out = dst
		}
		boxSum(out, s.line, s.offsets, b)
		s.line, s.next = s.next, s.line
	}
}

// repeatEnds fills the margins of a widened row with its first and last pixel.
func repeatEnds(line []uint8, margin int) {
	n := len(line)
	for i := range margin {
		line[i] = line[margin+i%channels]
		line[n-1-i] = line[n-margin-1-i%channels]
	}
}

// blurColumns blurs all columns once; rows outside the image repeat its border.
func (s *Scratch) blurColumns(src *Image, b box) *Image {
	dst := s.other(src, src.Width, src.Height)
	for y := range src.Height {
		s.offsets = s.offsets[:0]
		for j := y - b.k - 1; j <= y+b.k+1; j++ {
			s.offsets = append(s.offsets, channels*src.Width*min(max(j, 0), src.Height-1))
		}
		boxSum(dst.row(y), src.Pix, s.offsets, b)
	}
	return dst
}

// boxSum applies a box filter whose taps for dst[i] are src[offset+i]; the first
// and the last offset are its edges:
//
//	dst[i] = (inside·Σ src[offset+i] + edge·(src[first+i] + src[last+i]) + 2²³) >> 24
func boxSum(dst, src []uint8, offsets []int, b box) {
	last := len(offsets) - 1
	head, tail := src[offsets[0]:][:len(dst)], src[offsets[last]:][:len(dst)]
	for i := boxSumVector(dst, src, offsets, b); i < len(dst); i++ {
		sum := uint32(0)
		for _, offset := range offsets[1:last] {
			sum += uint32(src[offset+i])
		}
		dst[i] = b.value(sum, uint32(head[i])+uint32(tail[i]))
	}
}

// value weights the sum of the samples inside and of the two at the edges.
func (b box) value(inside, edges uint32) uint8 {
	return uint8((b.inside*inside + b.edge*edges + 1<<23) >> 24)
}
