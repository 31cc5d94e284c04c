package inference

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/precision"
)

// Features in bfloat16 are those in float32 but for a small angle, for every kind; the network can
// go back.
func TestPrecisions(t *testing.T) {
	n, ctx := random(t, 1), context.Background()
	images := pixels(3, 16, 16)
	for _, kind := range []string{"cls", "mean", "cls+gem", "last-2+mean", "patches"} {
		f, err := ParseFeatures(kind)
		if err != nil {
			t.Fatal(err)
		}
		var rows [3][]float32
		for i, name := range []string{precision.Float32, precision.BFloat16, precision.Float32} {
			if err := n.Compute(name); err != nil || n.Precision() != name {
				t.Fatalf("precision is %s (%v), want %s", n.Precision(), err, name)
			}
			m, err := n.Features(ctx, f, images, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			rows[i] = m.Data
		}
		if slices.Equal(rows[0], rows[1]) || !slices.Equal(rows[0], rows[2]) {
			t.Errorf("%s: bfloat16 must differ from float32, and float32 must not from itself", kind)
		}
		if c := cosine(rows[0], rows[1]); c < 0.999 {
			t.Errorf("%s: the cosine of features in float32 and bfloat16 is %g, want almost 1", kind, c)
		}
	}
	if err := n.Compute("float16"); err == nil || !strings.Contains(err.Error(), "must be float32 or bfloat16") {
		t.Errorf("precision float16: %v, want an error that says what there is", err)
	}
}

func cosine(x, y []float32) float64 {
	var xy, xx, yy float64
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
	}
	return xy / math.Sqrt(xx*yy)
}
