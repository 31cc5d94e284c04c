//go:build goexperiment.simd

package pixel

import (
	"encoding/binary"
	"simd/archsimd"
)

// Available tells whether the machine has the AVX2 instructions that the
// functions here compile to.
var Available = archsimd.X86.AVX2()

// Channels is the number of samples of a pixel: red, green, blue.
const Channels = 3

// AtOnce is how many pixels [Lanes] handles at a time.
const AtOnce = 8

// BytesAtOnce is how many samples a vector of bytes has.
const BytesAtOnce = 16

// channelLanes[c] spreads channel c of four pixels to four 32-bit lanes, for
// pixels that begin at byte 0 and, in the upper half, at byte 4. −1 gives 0.
var channelLanes = [Channels][32]int8{
	{
		0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1, 13,
		-1,
		-1, -1,
	},
	{
		1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1, 14,
		-1,
		-1, -1,
	},
	{
		2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1, 12, -1, -1, -1, 15,
		-1,
		-1, -1,
	},
}

var (
	// Pixels 0 to 3 and 4 to 7, one in each 32-bit lane, to 16 and 8 bytes.
	firstPixels = [16]int8{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1}
	nextPixels  = [16]int8{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 4}
	lastPixels  = [16]int8{5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, -1, -1, -1, -1}
	// The low bytes of eight 16-bit lanes to groups of four.
	evenGroups = [16]int8{0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14, -1, -1, -1, -1}
	oddGroups  = [16]int8{-1, -1, -1, -1, 0, 2, 4, 6, -1, -1, -1, -1, 8, 10, 12, 14}
)

// Lanes takes eight neighbouring RGB pixels apart and puts them together.
type Lanes struct {
	red, green, blue  archsimd.Int8x32
	first, next, last archsimd.Int8x16
}

// NewLanes loads the constants of the two directions into registers.
func NewLanes() Lanes {
	return Lanes{
		red:   archsimd.LoadInt8x32(&channelLanes[0]),
		green: archsimd.LoadInt8x32(&channelLanes[1]),
		blue:  archsimd.LoadInt8x32(&channelLanes[2]),
		first: archsimd.LoadInt8x16(&firstPixels),
		next:  archsimd.LoadInt8x16(&nextPixels),
		last:  archsimd.LoadInt8x16(&lastPixels),
	}
}

// Load returns the channels of the eight pixels of src from sample i on.
func (v *Lanes) Load(src []uint8, i int) (r, g, b archsimd.Int32x8) {
	var both archsimd.Uint8x32
	both = both.SetLo(archsimd.LoadUint8x16(At(src, i))).SetHi(archsimd.LoadUint8x16(At(src, i+8)))
	return both.PermuteOrZeroGrouped(v.red).AsInt32x8(),
		both.PermuteOrZeroGrouped(v.green).AsInt32x8(),
		both.PermuteOrZeroGrouped(v.blue).AsInt32x8()
}

// Store writes eight pixels from sample i on; their channels must be within 0
// and 255.
func (v *Lanes) Store(dst []uint8, i int, r, g, b archsimd.Int32x8) {
	all := r.Or(g.ShiftAllLeft(8)).Or(b.ShiftAllLeft(16))
	lo, hi := all.GetLo().AsUint8x16(), all.GetHi().AsUint8x16()
	lo.PermuteOrZero(v.first).Or(hi.PermuteOrZero(v.next)).Store(At(dst, i))
	binary.LittleEndian.PutUint64(dst[i+16:i+24:i+24], hi.PermuteOrZero(v.last).AsUint64x2().GetElem(0))
}

// Pack turns numbers into bytes.
type Pack struct {
	most       archsimd.Uint16x16
	even, odds archsimd.Int8x16
}

// NewPack loads the constants of packing into registers.
func NewPack() Pack {
	return Pack{
		most: archsimd.BroadcastUint16x16(255),
		even: archsimd.LoadInt8x16(&evenGroups),
		odds: archsimd.LoadInt8x16(&oddGroups),
	}
}

// Bytes clamps sixteen numbers to 0…255.
func (v *Pack) Bytes(lo, hi archsimd.Int32x8) archsimd.Uint8x16 {
	words := lo.SaturateToUint16ConcatGrouped(hi).Min(v.most)
	return words.GetLo().AsUint8x16().PermuteOrZero(v.even).
		Or(words.GetHi().AsUint8x16().PermuteOrZero(v.odds))
}

// At returns the sixteen bytes of s from i on.
func At(s []uint8, i int) *[BytesAtOnce]uint8 {
	return (*[BytesAtOnce]uint8)(s[i : i+BytesAtOnce : i+BytesAtOnce])
}

// Sixteen returns sixteen bytes of s from i on as numbers.
func Sixteen(s []uint8, i int) (lo, hi archsimd.Int32x8) {
	v := archsimd.LoadUint8x16(At(s, i))
	return v.ExtendLo8ToUint32().AsInt32x8(), v.ConcatShiftBytesRight(8, v).ExtendLo8ToUint32().AsInt32x8()
}

// Eight returns the first eight of the sixteen bytes of s from i on as numbers.
func Eight(s []uint8, i int) archsimd.Int32x8 {
	return archsimd.LoadUint8x16(At(s, i)).ExtendLo8ToUint32().AsInt32x8()
}

// Words returns sixteen bytes of s from i on as 16-bit numbers.
func Words(s []uint8, i int) archsimd.Uint16x16 {
	return archsimd.LoadUint8x16(At(s, i)).ExtendToUint16()
}
