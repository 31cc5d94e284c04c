//go:build goexperiment.simd

package augment

import (
	"simd/archsimd"

	"github.com/dino-go/dino/internal/pixel"
)

// turnVector turns the leading pixels and returns the number of their samples.
// Only the hue itself is looked up, pixel by pixel.
func (t *wheel) turnVector(dst, src []uint8, shift uint8) int {
	if !vectors {
		return 0
	}
	const step = channels * pixel.AtOnce
	n := len(src) / step * step
	pixels := pixel.NewLanes()
	turn, wrap := archsimd.BroadcastInt32x8(int32(shift)), archsimd.BroadcastInt32x8(255)
	var at, hue [pixel.AtOnce]int32
	for i := 0; i < n; i += step {
		r, g, b := pixels.Load(src, i)
		top := r.Max(g).Max(b)
		delta := top.Sub(r.Min(g).Min(b))
		hueIndices(r, g, b, top, delta).Store(&at)
		for k, j := range at {
			hue[k] = int32(t.hue[uint32(j)%uint32(len(t.hue))])
		}
		h := archsimd.LoadInt32x8(&hue).Add(turn).And(wrap)
		// 255·δ/M; max(M, 1) serves black pixels, where δ is 0.
		s := delta.Mul(wrap).ConvertToFloat32().
			Div(top.Max(archsimd.BroadcastInt32x8(1)).ConvertToFloat32()).ConvertToInt32()
		pixels.Store(dst, i, fadeVector(top, s, h, 5*255), fadeVector(top, s, h, 3*255), fadeVector(top, s, h, 255))
	}
	archsimd.ClearAVXUpperBits()
	return n
}

// hueIndices returns where the hues of eight pixels lie in wheel.hue.
func hueIndices(r, g, b, top, delta archsimd.Int32x8) archsimd.Int32x8 {
	red := g.Sub(b)
	green := b.Sub(r).Add(archsimd.BroadcastInt32x8(1 << 16))
	blue := r.Sub(g).Add(archsimd.BroadcastInt32x8(2 << 16))
	difference := red.Merge(green.Merge(blue, g.Equal(top)), r.Equal(top))
	return delta.Mul(delta).Add(delta).Add(difference)
}

// fadeVector is fade for eight pixels.
func fadeVector(v, s, h archsimd.Int32x8, from int32) archsimd.Int32x8 {
	const unit = 255 * 255
	k := h.Mul(archsimd.BroadcastInt32x8(6)).Add(archsimd.BroadcastInt32x8(from))
	circle := archsimd.BroadcastInt32x8(6 * 255)
	k = k.Sub(circle.And(k.GreaterEqual(circle).ToInt32x8()))
	c := k.Min(archsimd.BroadcastInt32x8(4 * 255).Sub(k)).
		Max(archsimd.BroadcastInt32x8(0)).Min(archsimd.BroadcastInt32x8(255))
	share := v.Mul(archsimd.BroadcastInt32x8(unit).Sub(s.Mul(c)))
	// share/255² rounded: the quotient in floats is right or one too small.
	q := share.ConvertToFloat32().Mul(archsimd.BroadcastFloat32x8(1.0 / unit)).
		Add(archsimd.BroadcastFloat32x8(0.4999)).ConvertToInt32()
	rest := share.Sub(q.Mul(archsimd.BroadcastInt32x8(unit)))
	return q.Sub(rest.Greater(archsimd.BroadcastInt32x8(unit / 2)).ToInt32x8())
}
