package augment

import "math"

// GaussianBlurKernel is torchvision's gaussian_blur: a separable kernel of
// KernelSize taps (odd), exp(−(x/Sigma)²/2) at the integers around 0, normalised.
// The borders are mirrored without repeating the edge pixel, and only the end
// result is rounded, half to even. The sums are float32, as in the reference,
// whose order of summation is unspecified: a value that lies within about 1e-4
// of a half may round to the other side.
type GaussianBlurKernel struct {
	KernelSize int
	Sigma      float64
}

func (op GaussianBlurKernel) apply(s *Scratch, src *Image) *Image {
	s.gaussianTaps(op.KernelSize, op.Sigma)
	half := len(s.weights) - 1
	dst := s.other(src, src.Width, src.Height)
	n, margin := channels*src.Width, channels*half
	s.floats = grow(s.floats, n+2*margin)
	for y := range src.Height {
		s.offsets = s.offsets[:0]
		for j := -half; j <= half; j++ {
			s.offsets = append(s.offsets, n*mirrored(y+j, src.Height))
		}
		symmetricBytes(s.floats[margin:margin+n], src.Pix, s.offsets, s.weights)
		mirrorEnds(s.floats, half, src.Width)
		symmetricFloats(dst.row(y), s.floats, s.weights)
	}
	return dst
}

// negligible is the weight, relative to the largest one, from which on taps are
// left out: all of them together stay below the rounding of a float32 sum.
const negligible = 1e-8

// gaussianTaps sets s.weights to the kernel's centre and one side.
func (s *Scratch) gaussianTaps(size int, sigma float64) {
	half := size / 2
	s.weights = grow(s.weights, half+1)
	sum := 0.0
	for x := range s.weights {
		w := math.Exp(-0.5 * (float64(x) / sigma) * (float64(x) / sigma))
		s.weights[x] = float32(w)
		if x > 0 {
			w *= 2
		}
		sum += w
	}
	for half > 0 && s.weights[half] < negligible {
		half--
	}
	s.weights = s.weights[:half+1]
	for x := range s.weights {
		s.weights[x] /= float32(sum)
	}
}

// mirrored reflects an index at the first and the last of n, as often as it takes.
func mirrored(i, n int) int {
	period := 2 * (n - 1)
	if period == 0 {
		return 0
	}
	i = ((i % period) + period) % period
	return min(i, period-i)
}

// mirrorEnds fills `half` pixels on both sides of a row of `width` pixels.
func mirrorEnds(line []float32, half, width int) {
	for x := 1; x <= half; x++ {
		left, right := half+mirrored(-x, width), half+mirrored(width-1+x, width)
		copy(line[channels*(half-x):][:channels], line[channels*left:][:channels])
		copy(line[channels*(half+width-1+x):][:channels], line[channels*right:][:channels])
	}
}

// symmetricBytes computes dst[i] = Σ_j weights[|j|]·src[offset_j+i] for offsets
// j = −half … half. The products are rounded before they are added.
func symmetricBytes(dst []float32, src []uint8, offsets []int, weights []float32) {
	half := len(weights) - 1
	for i := symmetricBytesVector(dst, src, offsets, weights); i < len(dst); i++ {
		sum := float32(weights[0] * float32(src[offsets[half]+i]))
		for j := 1; j <= half; j++ {
			pair := uint32(src[offsets[half-j]+i]) + uint32(src[offsets[half+j]+i])
			sum += float32(weights[j] * float32(pair))
		}
		dst[i] = sum
	}
}

// symmetricFloats computes dst[i] = round(Σ_j weights[|j|]·line[i + 3(half+j)]).
func symmetricFloats(dst []uint8, line, weights []float32) {
	half := len(weights) - 1
	for i := symmetricFloatsVector(dst, line, weights); i < len(dst); i++ {
		sum := float32(weights[0] * line[i+channels*half])
		for j := 1; j <= half; j++ {
			sum += float32(weights[j] * (line[i+channels*(half-j)] + line[i+channels*(half+j)]))
		}
		dst[i] = uint8(math.RoundToEven(float64(min(max(sum, 0), 255))))
	}
}
