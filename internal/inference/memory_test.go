package inference

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/testkit/weightstest"
	"github.com/dino-go/dino/weights"
)

// A pass that does not fit into memory is refused before it runs, with what would need less; once
// there is more, the same network works.
func TestPassThatDoesNotFit(t *testing.T) {
	n, err := Open(weightstest.Random(t, t.TempDir()), Options{Backend: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	side := n.Preprocessing.Size
	pixels := make([]float32, 2*3*side*side)
	before := debug.SetMemoryLimit(1)
	_, err = n.Features(context.Background(), Features{Blocks: 1}, pixels, side, side)
	debug.SetMemoryLimit(before)
	var short *memory.Error
	if !errors.As(err, &short) || !strings.Contains(err.Error(), "backbone: a pass over 2 images") ||
		!strings.Contains(err.Error(), "one image needs about") {
		t.Errorf("got %v", err)
	}
	if _, err := n.Features(context.Background(), Features{Blocks: 1}, pixels, side, side); err != nil {
		t.Error(err)
	}
}

// Weights that do not fit into memory are refused before the engine has a copy of them.
func TestWeightsWithoutMemory(t *testing.T) {
	n, err := Open(weightstest.Random(t, t.TempDir()), Options{Backend: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	from := map[string]weights.Tensor{}
	for name := range n.Config.Shapes() {
		from[name] = weights.FromFloat32s([]int{1}, []float32{0})
	}
	before := debug.SetMemoryLimit(1)
	err = n.load(from)
	debug.SetMemoryLimit(before)
	var short *memory.Error
	if want := int64(2 * 4 * len(from)); !errors.As(err, &short) || short.Needed != want ||
		!strings.Contains(err.Error(), "the network needs about") {
		t.Errorf("got %v, want an error of %d bytes that are needed", err, want)
	}
}

func TestRemedy(t *testing.T) {
	short := &memory.Error{Needed: 640e6, Limit: memory.Limit{Available: 105e6}}
	if got := remedy(64, short); !strings.HasPrefix(got, "10 images at a time would fit (--batch)") {
		t.Error(got)
	}
	if got := remedy(1, short); !strings.HasPrefix(got, "one image needs about 640 MB") {
		t.Error(got)
	}
}
