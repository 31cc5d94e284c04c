//go:build goexperiment.simd

package jpeg

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// vectors switches the vector versions of the loops on. Each of them processes
// as many elements as fill its vectors and returns how many those were; the
// portable loop does the rest, with the same arithmetic bit for bit.
var vectors = pixel.Available

// fullRangeVector converts the leading pixels of a row and returns how many.
func fullRangeVector(dst, luma, cb, cr []uint8) int {
	if !vectors {
		return 0
	}
	n := max(len(luma)-pixel.AtOnce, 0) &^ (pixel.AtOnce - 1) // the loads take eight bytes more
	half, middle := archsimd.BroadcastInt32x8(1<<15), archsimd.BroadcastInt32x8(128)
	least, most := archsimd.BroadcastInt32x8(0), archsimd.BroadcastInt32x8(255)
	lanes := pixel.NewLanes()
	for x := 0; x < n; x += pixel.AtOnce {
		l, b, r := pixel.Eight(luma, x), pixel.Eight(cb, x).Sub(middle), pixel.Eight(cr, x).Sub(middle)
		red := r.Mul(archsimd.BroadcastInt32x8(redOfCr))
		green := b.Mul(archsimd.BroadcastInt32x8(greenOfCb)).Add(r.Mul(archsimd.BroadcastInt32x8(greenOfCr)))
		blue := b.Mul(archsimd.BroadcastInt32x8(blueOfCb))
		lanes.Store(dst, 3*x,
			red.Add(half).ShiftAllRight(16).Add(l).Max(least).Min(most),
			green.Add(half).ShiftAllRight(16).Add(l).Max(least).Min(most),
			blue.Add(half).ShiftAllRight(16).Add(l).Max(least).Min(most))
	}
	archsimd.ClearAVXUpperBits()
	return n
}
