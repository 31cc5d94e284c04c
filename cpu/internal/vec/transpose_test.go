package vec

import (
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
func checkTranspose[T float32 | uint16](t *rapid.T, kernel func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int)) {
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

func TestTransposeSaysWhatDoesNotReach(t *testing.T) {
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "3 rows and 4 columns from 11 elements with stride 4") {
			t.Errorf("panic: %v", err)
		}
	}()
	Transpose(make([]float32, 12), 3, make([]float32, 11), 4, 3, 4)
}
