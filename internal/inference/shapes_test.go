package inference

import (
	"context"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// More shapes of images than are kept compiled, and back to the first: the same numbers, and no
// more graphs than allowed.
func TestManyShapes(t *testing.T) {
	n := random(t, 3)
	features := func(side int) []float32 {
		m, err := n.Features(context.Background(), Features{Blocks: 1}, pixels(1, side, 8), side, 8)
		if err != nil {
			t.Fatal(err)
		}
		return m.Data
	}
	first := features(8)
	for side := 16; side <= 8*(2*maxShapes+1); side += 8 {
		features(side)
		if kept := len(n.passes["features.cls"].shapes); kept > maxShapes {
			t.Fatalf("%d shapes are kept, want at most %d", kept, maxShapes)
		}
	}
	testkit.AllClose(t, "features", features(8), first, 0)
}
