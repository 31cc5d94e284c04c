//go:build goexperiment.simd

package augment

import (
	"encoding/binary"
	"simd/archsimd"
)

// hasVectors tells whether the vector versions of the loops can run. Each of
// them processes as many elements as fit its vectors and returns how many those
// were; the portable loop does the rest, with the same arithmetic bit for bit.
var hasVectors = archsimd.X86.AVX2()

// laneIndices selects bytes of a vector; −1 gives 0.
type laneIndices = [16]int8

// pixelLanes[c] spreads channel c of four pixels to four 32-bit lanes, for
// pixels that begin at byte 0 and, in the upper half, at byte 4.
var pixelLanes = [channels][32]int8{
	{0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1, 13, -1, -1, -1},
	{1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1, 14, -1, -1, -1},
	{2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1, 12, -1, -1, -1, 15, -1, -1, -1},
}

var (
	// Pixels 0 to 3 and 4 to 7, one in each 32-bit lane, to 16 and 8 bytes.
	firstPixels = laneIndices{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1}
	nextPixels  = laneIndices{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 4}
	lastPixels  = laneIndices{5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, -1, -1, -1, -1}
	// The low bytes of eight 16-bit lanes to groups of four.
	evenGroups = laneIndices{0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14, -1, -1, -1, -1}
	oddGroups  = laneIndices{-1, -1, -1, -1, 0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14}
)

// pixelsPerVector is how many pixels vectorPixels handles at a time.
const pixelsPerVector = 8

// vectorPixels takes pixels apart and puts them together.
type vectorPixels struct {
	red, green, blue  archsimd.Int8x32
	first, next, last archsimd.Int8x16
}

func newVectorPixels() vectorPixels {
	return vectorPixels{
		red:   archsimd.LoadInt8x32(&pixelLanes[0]),
		green: archsimd.LoadInt8x32(&pixelLanes[1]),
		blue:  archsimd.LoadInt8x32(&pixelLanes[2]),
		first: archsimd.LoadInt8x16(&firstPixels),
		next:  archsimd.LoadInt8x16(&nextPixels),
		last:  archsimd.LoadInt8x16(&lastPixels),
	}
}

// load returns the channels of the eight pixels of src from sample i on.
func (v *vectorPixels) load(src []uint8, i int) (r, g, b archsimd.Int32x8) {
	var both archsimd.Uint8x32
	both = both.SetLo(archsimd.LoadUint8x16(vectorAt(src, i))).SetHi(archsimd.LoadUint8x16(vectorAt(src, i+8)))
	return both.PermuteOrZeroGrouped(v.red).AsInt32x8(),
		both.PermuteOrZeroGrouped(v.green).AsInt32x8(),
		both.PermuteOrZeroGrouped(v.blue).AsInt32x8()
}

// store writes eight pixels from sample i on; their channels must be within 0 and 255.
func (v *vectorPixels) store(dst []uint8, i int, r, g, b archsimd.Int32x8) {
	all := r.Or(g.ShiftAllLeft(8)).Or(b.ShiftAllLeft(16))
	lo, hi := all.GetLo().AsUint8x16(), all.GetHi().AsUint8x16()
	lo.PermuteOrZero(v.first).Or(hi.PermuteOrZero(v.next)).Store(vectorAt(dst, i))
	binary.LittleEndian.PutUint64(dst[i+16:i+24:i+24], hi.PermuteOrZero(v.last).AsUint64x2().GetElem(0))
}

// vectorPack turns numbers into bytes.
type vectorPack struct {
	most       archsimd.Uint16x16
	even, odds archsimd.Int8x16
}

func newVectorPack() vectorPack {
	return vectorPack{
		most: archsimd.BroadcastUint16x16(255),
		even: archsimd.LoadInt8x16(&evenGroups),
		odds: archsimd.LoadInt8x16(&oddGroups),
	}
}

// bytes clamps sixteen numbers to 0…255.
func (v *vectorPack) bytes(lo, hi archsimd.Int32x8) archsimd.Uint8x16 {
	words := lo.SaturateToUint16ConcatGrouped(hi).Min(v.most)
	return words.GetLo().AsUint8x16().PermuteOrZero(v.even).
		Or(words.GetHi().AsUint8x16().PermuteOrZero(v.odds))
}

// vectorAt returns the sixteen bytes of s from i on.
func vectorAt(s []uint8, i int) *[16]uint8 { return (*[16]uint8)(s[i : i+16 : i+16]) }

// wideBytes returns sixteen bytes of s as numbers.
func wideBytes(s []uint8, i int) (lo, hi archsimd.Int32x8) {
	v := archsimd.LoadUint8x16(vectorAt(s, i))
	return v.ExtendLo8ToUint32().AsInt32x8(), v.ConcatShiftBytesRight(8, v).ExtendLo8ToUint32().AsInt32x8()
}

// eightBytes returns eight of the sixteen bytes of s from i on as numbers.
func eightBytes(s []uint8, i int) archsimd.Int32x8 {
	return archsimd.LoadUint8x16(vectorAt(s, i)).ExtendLo8ToUint32().AsInt32x8()
}

// words returns sixteen bytes of s as 16-bit numbers.
func words(s []uint8, i int) archsimd.Uint16x16 {
	return archsimd.LoadUint8x16(vectorAt(s, i)).ExtendToUint16()
}
