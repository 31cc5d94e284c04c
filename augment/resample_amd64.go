//go:build goexperiment.simd

package augment

import (
	"encoding/binary"
	"simd/archsimd"
)

// bytesPerVector is how many samples the vector loops over rows handle at a time.
const bytesPerVector = 16

var (
	// halfPixel is ½ in the lanes of one pixel.
	halfPixel = [8]int32{1 << (weightBits - 1), 1 << (weightBits - 1), 1 << (weightBits - 1)}
	// secondPixel moves the lanes of a second pixel onto those of the first.
	secondPixel = [8]uint32{3, 4, 5, 6, 7, 6, 7, 6}
	// lowBytes gathers the low bytes of four 32-bit lanes.
	lowBytes = laneIndices{0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
)

// layPairs lays the weights of each output out by pairs of taps, w and u, for
// multiplication with the samples r g b r g b of two neighbouring pixels.
func (r *resampler) layPairs() {
	r.pairs = r.pairs[:0]
	if !hasVectors {
		return
	}
	r.pairs = grow(r.pairs, len(r.first)*r.pairCount())
	for i := range r.first {
		pairs := r.pairs[i*r.pairCount():][:r.pairCount()]
		weight := r.weight[i*r.taps : (i+1)*r.taps]
		for j := range pairs {
			w, u := weight[2*j], int32(0)
			if 2*j+1 < len(weight) {
				u = weight[2*j+1]
			}
			pairs[j] = [8]int32{w, w, w, u, u, u}
		}
	}
}

// pairCount is the number of pairs of taps of an output.
func (r *resampler) pairCount() int { return (r.taps + 1) / 2 }

// weightedColumnsVector computes the leading outputs of a row and returns how
// many. It reads and writes a little beyond what it computes, so both slices
// should go on after the row: src to the image's end and dst over what is
// written later.
func weightedColumnsVector(dst, src []uint8, r *resampler) int {
	if len(r.pairs) == 0 {
		return 0
	}
	n := len(r.first)
	for n > 0 && (channels*n+1 > len(dst) || channels*(r.first[n-1]+r.count[n-1]-1)+bytesPerVector > len(src)) {
		n--
	}
	half, fold := archsimd.LoadInt32x8(&halfPixel), archsimd.LoadUint32x8(&secondPixel)
	least, most := archsimd.BroadcastInt32x4(0), archsimd.BroadcastInt32x4(255)
	join := archsimd.LoadInt8x16(&lowBytes)
	first, count := r.first[:n], r.count[:n]
	for i, from := range first {
		pairs := r.pairs[i*r.pairCount():][:(count[i]+1)/2]
		in := src[channels*from:]
		sum := half
		for j := range pairs {
			v := archsimd.LoadUint8x16Slice(in[2*channels*j:])
			sum = sum.Add(v.ExtendLo8ToUint32().AsInt32x8().Mul(archsimd.LoadInt32x8(&pairs[j])))
		}
		sum = sum.Add(sum.Permute(fold))
		pixel := sum.GetLo().ShiftAllRight(weightBits).Max(least).Min(most)
		bytes := pixel.AsUint8x16().PermuteOrZero(join)
		binary.LittleEndian.PutUint32(dst[channels*i:], bytes.AsUint32x4().GetElem(0))
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// weightedRowsVector computes the leading samples of a row and returns how many.
func weightedRowsVector(dst []uint8, src plane, weights []int32) int {
	if !hasVectors {
		return 0
	}
	n := len(dst) &^ (bytesPerVector - 1)
	half := archsimd.BroadcastInt32x8(1 << (weightBits - 1))
	pack := newVectorPack()
	for x := 0; x < n; x += bytesPerVector {
		lo, hi := half, half
		at := x
		for _, w := range weights {
			a, b := wideBytes(src.pix[at:])
			weight := archsimd.BroadcastInt32x8(w)
			lo, hi = lo.Add(a.Mul(weight)), hi.Add(b.Mul(weight))
			at += src.stride
		}
		pack.bytes(lo.ShiftAllRight(weightBits), hi.ShiftAllRight(weightBits)).StoreSlice(dst[x:])
	}
	archsimd.ClearAVXUpperBits()
	return n
}
