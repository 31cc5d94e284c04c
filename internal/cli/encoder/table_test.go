package encoder

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/inference/features"

	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// A matrix of features that does not fit into memory is refused before an image is read, with what
// to do.
func TestTableThatDoesNotFit(t *testing.T) {
	n, err := inference.Open(weightstest.Random(t, t.TempDir()), inference.Options{Backend: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	index := &folder.Index{Root: "photos", Files: make([]folder.File, 1000)}
	enc := features.Extractor{Network: n, Features: inference.Features{Blocks: 1}}
	before := debug.SetMemoryLimit(1)
	_, _, err = Options{Batch: 1}.Table(context.Background(), enc, index, progress.New(io.Discard, progress.Quiet))
	debug.SetMemoryLimit(before)
	var short *memory.Error
	if want := int64(2 * 4 * 1000 * n.Config.Width()); !errors.As(err, &short) || short.Needed != want ||
		!strings.Contains(err.Error(), "the features of 1000 images of photos: the matrix needs about") {
		t.Errorf("got %v, want an error of %d bytes that are needed", err, want)
	}
}
