package augment

import "math"

// overTensors tells the kernels that PyTorch has for tensors; with the others transformers' default
// processor fails, and Pillow's are taken.
func (f Interpolation) overTensors() bool { return f == Bilinear || f == Bicubic || f == Lanczos }

// tensorAxis holds the weights that map the samples of one axis, as PyTorch has them for tensors of
// 8 bits: 16 bits wide, with as many bits behind the point as the largest one leaves room for
// (ATen, UpSampleKernel.cpp).
type tensorAxis struct {
	first, count []int
	weight       []int32
	taps         int
	bits         int
}

const maxTensorBits = 22

func newTensorAxis(in, out int, f Interpolation) tensorAxis {
	raw, first, count := tensorWeights(in, out, f)
	a := tensorAxis{first: first, count: count, taps: len(raw) / out, weight: make([]int32, len(raw))}
	largest := 0.0
	for _, w := range raw {
		largest = max(largest, w)
	}
	for a.bits < maxTensorBits && int(0.5+largest*float64(int(1)<<(a.bits+1))) < 1<<15 {
		a.bits++
	}
	for i, w := range raw {
		a.weight[i] = int32(w*float64(int(1)<<a.bits) + math.Copysign(0.5, w))
	}
	return a
}

// tensorWeights are the normalised weights [out, taps] of one axis, with the first input of every
// output and their number.
func tensorWeights(in, out int, f Interpolation) (weight []float64, first, count []int) {
	scale := float64(in) / float64(out)
	support, inverse := f.support()*max(scale, 1), 1/max(scale, 1)
	taps := 2*int(math.Ceil(support)) + 1
	weight, first, count = make([]float64, out*taps), make([]int, out), make([]int, out)
	for i := range out {
		center := float64(scale * (float64(i) + 0.5))
		first[i] = max(0, int(center-support+0.5))
		count[i] = min(max(min(in, int(center+support+0.5))-first[i], 0), taps)
		row, sum := weight[i*taps:][:count[i]], 0.0
		for j := range row {
			row[j] = f.at((float64(j+first[i]) - center + 0.5) * inverse)
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
	return weight, first, count
}

// mix is one sample of the result: n of the samples behind from, step apart, weighted for output i.
func (a *tensorAxis) mix(pix []uint8, step, i int) uint8 {
	sum := int32(1) << (a.bits - 1)
	for j, w := range a.weight[i*a.taps:][:a.count[i]] {
		sum += w * int32(pix[j*step])
	}
	return uint8(min(max(sum>>a.bits, 0), 255))
}

// resampleTensor is resample in PyTorch's arithmetic.
func (s *Scratch) resampleTensor(src *Image, width, height int, window Box, f Interpolation) *Image {
	rows := tensorAxis{}
	top, bottom := window.Top, window.Top+window.Height // rows of src that are needed
	if height != src.Height {
		rows = newTensorAxis(src.Height, height, f)
		last := bottom - 1
		top, bottom = rows.first[top], rows.first[last]+rows.count[last]
	}
	stride := channels * window.Width
	s.between = grow(s.between, (bottom-top)*stride)
	if width == src.Width {
		for y := top; y < bottom; y++ {
			copy(s.between[(y-top)*stride:][:stride], src.row(y)[channels*window.Left:])
		}
	} else {
		columns := newTensorAxis(src.Width, width, f)
		for y := top; y < bottom; y++ {
			from, to := src.row(y), s.between[(y-top)*stride:][:stride]
			for x := range window.Width {
				i := x + window.Left
				for c := range channels {
					to[channels*x+c] = columns.mix(from[channels*columns.first[i]+c:], channels, i)
				}
			}
		}
	}
	dst := s.other(src, window.Width, window.Height)
	if height == src.Height {
		copy(dst.Pix, s.between)
		return dst
	}
	for y := range window.Height {
		i := y + window.Top
		from, to := s.between[(rows.first[i]-top)*stride:], dst.row(y)
		for x := range stride {
			to[x] = rows.mix(from[x:], stride, i)
		}
	}
	return dst
}
