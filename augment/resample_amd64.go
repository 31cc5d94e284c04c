//go:build goexperiment.simd

package augment

import (
	"encoding/binary"
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

var (
	// halfPixel is ½ in the lanes of one pixel.
	halfPixel = [8]int32{1 << (weightBits - 1), 1 << (weightBits - 1), 1 << (weightBits - 1)}
	// secondPixel moves the lanes of a second pixel onto those of the first.
	secondPixel = [8]uint32{3, 4, 5, 6, 7, 6, 7, 6}
	// lowBytes gathers the low bytes of four 32-bit lanes.
	lowBytes = [16]int8{0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
)

// layPairs lays the weights of each output out by pairs of taps, w and u, for
// multiplication with the samples r g b r g b of two neighbouring pixels.
func (r *resampler) layPairs() {
	r.pairs = r.pairs[:0]
	if !vectors {
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

// weightedColumnsVector computes the leading pixels of rowsAtOnce rows and returns
// how many of each row. It reads up to five pixels beyond a row, as long as the
// image goes on, and leaves the last pixel, since it writes a byte beyond.
func weightedColumnsVector(out, in plane, rows int, r *resampler) int {
	if len(r.pairs) == 0 || rows != rowsAtOnce {
		return 0
	}
	src, dst := in.pix, out.pix
	n := len(r.first) - 1
	for n > 0 && (rows-1)*in.stride+channels*(r.first[n-1]+r.count[n-1]-1)+pixel.BytesAtOnce > len(src) {
		n--
	}
	half, fold := archsimd.LoadInt32x8(&halfPixel), archsimd.LoadUint32x8(&secondPixel)
	perOutput := r.pairCount()
	for i, first := range r.first[:n] {
		at := channels * first
		sum0, sum1, sum2, sum3 := half, half, half, half
		for j := range r.pairs[i*perOutput:][:(r.count[i]+1)/2] {
			w := archsimd.LoadInt32x8(&r.pairs[i*perOutput+j])
			sum0 = sum0.Add(pixel.Eight(src, at).Mul(w))
			sum1 = sum1.Add(pixel.Eight(src, at+in.stride).Mul(w))
			sum2 = sum2.Add(pixel.Eight(src, at+2*in.stride).Mul(w))
			sum3 = sum3.Add(pixel.Eight(src, at+3*in.stride).Mul(w))
			at += 2 * channels
		}
		to := channels * i
		storePixel(dst, to, sum0.Add(sum0.Permute(fold)).GetLo())
		storePixel(dst, to+out.stride, sum1.Add(sum1.Permute(fold)).GetLo())
		storePixel(dst, to+2*out.stride, sum2.Add(sum2.Permute(fold)).GetLo())
		storePixel(dst, to+3*out.stride, sum3.Add(sum3.Permute(fold)).GetLo())
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// storePixel writes three weighted sums as samples, and a fourth byte.
func storePixel(dst []uint8, at int, sums archsimd.Int32x4) {
	samples := sums.ShiftAllRight(weightBits).Max(archsimd.BroadcastInt32x4(0)).Min(archsimd.BroadcastInt32x4(255))
	bytes := samples.AsUint8x16().PermuteOrZero(archsimd.LoadInt8x16(&lowBytes))
	binary.LittleEndian.PutUint32(dst[at:at+4:at+4], bytes.AsUint32x4().GetElem(0))
}

// weightedRowsVector computes the leading samples of a row and returns how many.
func weightedRowsVector(dst []uint8, src plane, weights []int32) int {
	if !vectors {
		return 0
	}
	n := len(dst) &^ (pixel.BytesAtOnce - 1)
	half := archsimd.BroadcastInt32x8(1 << (weightBits - 1))
	pack := pixel.NewPack()
	for x := 0; x < n; x += pixel.BytesAtOnce {
		lo, hi := half, half
		at := x
		for _, w := range weights {
			a, b := pixel.Sixteen(src.pix, at)
			weight := archsimd.BroadcastInt32x8(w)
			lo, hi = lo.Add(a.Mul(weight)), hi.Add(b.Mul(weight))
			at += src.stride
		}
		pack.Bytes(lo.ShiftAllRight(weightBits), hi.ShiftAllRight(weightBits)).Store(pixel.At(dst, x))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
