//go:build goexperiment.simd

package pixel

import (
	"bytes"
	"simd/archsimd"
	"testing"
)

// counting is 0, 1, 2, … n−1.
func counting(n int) []uint8 {
	out := make([]uint8, n)
	for i := range out {
		out[i] = uint8(i)
	}
	return out
}

func requireAVX2(t *testing.T) {
	if !Available {
		t.Skip("this machine has no AVX2")
	}
}

// TestLanes: the channels come apart, and together again nothing else is written.
func TestLanes(t *testing.T) {
	requireAVX2(t)
	lanes := NewLanes()
	src, dst := counting(30), make([]uint8, 30)
	r, g, b := lanes.Load(src, 3)
	for c, channel := range []archsimd.Int32x8{r, g, b} {
		var got [AtOnce]int32
		channel.Store(&got)
		for i, v := range got {
			if want := int32(3 + Channels*i + c); v != want {
				t.Errorf("pixel %d, channel %d: got %d, want %d", i, c, v, want)
			}
		}
	}
	lanes.Store(dst, 3, r, g, b)
	want := append(append(make([]uint8, 3), src[3:27]...), 0, 0, 0)
	if !bytes.Equal(dst, want) {
		t.Errorf("got %v, want %v", dst, want)
	}
}

// TestPack: in order, and clamped.
func TestPack(t *testing.T) {
	requireAVX2(t)
	pack := NewPack()
	lo := archsimd.LoadInt32x8(&[8]int32{0, 1, -1, 254, 255, 256, 1 << 20, -1 << 20})
	hi := archsimd.LoadInt32x8(&[8]int32{8, 9, 10, 11, 12, 13, 14, 15})
	var got [BytesAtOnce]uint8
	pack.Bytes(lo, hi).Store(&got)
	if want := [BytesAtOnce]uint8{0, 1, 0, 254, 255, 255, 255, 0, 8, 9, 10, 11, 12, 13, 14, 15}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWidening: sixteen and eight bytes as numbers, values above 127 included.
func TestWidening(t *testing.T) {
	requireAVX2(t)
	src := counting(256)
	var numbers [8]int32
	var words [BytesAtOnce]uint16
	for _, at := range []int{0, 5, 120, 240} {
		lo, hi := Sixteen(src, at)
		for k, vector := range []archsimd.Int32x8{lo, hi, Eight(src, at)} {
			vector.Store(&numbers)
			if first, last := int32(at+8*(k%2)), numbers[7]; numbers[0] != first || last != first+7 {
				t.Errorf("at %d, vector %d: got %v", at, k, numbers)
			}
		}
		Words(src, at).Store(&words)
		if words[0] != uint16(at) || words[15] != uint16(at+15) {
			t.Errorf("at %d: got %v", at, words)
		}
	}
}
