package vec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/isa"
)

func TestTransposeMatchesDefinition(t *testing.T) {
	for _, level := range isa.Available() {
		k := kernelsOf(level)
		t.Run(level.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { checkTranspose[float32](t, k.transpose) })
			rapid.Check(t, func(t *rapid.T) { checkTranspose[uint16](t, k.transpose16) })
		})
	}
}

// checkTranspose wants the elements transposed and those between the rows of dst left alone.
func checkTranspose[T float32 | uint16](t *rapid.T,
	kernel func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int),
) {
	size := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 130))
	rows, cols := size.Draw(t, "rows"), size.Draw(t, "cols")
	srcStride, dstStride := cols+rapid.IntRange(0, 5).Draw(t, "src"), rows+rapid.IntRange(0, 5).Draw(t, "dst")
	src, dst := make([]T, rows*srcStride), make([]T, cols*dstStride)
	for i := range src {
		src[i] = T(i + 1)
	}
	want := slices.Clone(dst)
	for i := range rows {
		for j := range cols {
			want[j*dstStride+i] = src[i*srcStride+j]
		}
	}
	transpose(kernel, dst, dstStride, src, srcStride, rows, cols)
	if !slices.Equal(dst, want) {
		t.Fatalf("%d rows, %d columns: got %v, want %v", rows, cols, dst, want)
	}
}

func TestTransposePanicsOnShortSlices(t *testing.T) {
	for _, c := range []struct {
		name                           string
		dst, dstStride, src, srcStride int
	}{
		{"dst is short", 11, 3, 12, 4},
		{"src is short", 12, 3, 11, 4},
		{"rows of dst overlap", 12, 2, 12, 4},
		{"rows of src overlap", 12, 3, 12, 3},
		{"dst is short behind its stride", 15, 5, 12, 4}, // wants 3·5 + 3
		{"src is short behind its stride", 12, 3, 15, 6}, // wants 2·6 + 4
	} {
		err := caught(func() {
			Transpose(make([]float32, c.dst), c.dstStride, make([]float32, c.src), c.srcStride, 3,
				4)
		})
		want := fmt.Sprintf("3 rows and 4 columns from %d elements with stride %d to %d with stride %d", c.src,
			c.srcStride, c.dst, c.dstStride)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: panic %v, want %q", c.name, err, want)
		}
	}
	if err := caught(func() { Transpose(make([]float32, 18), 5, make([]float32, 16), 6, 3, 4) }); err != nil {
		t.Errorf("slices that just reach: panic %v", err)
	}
}
