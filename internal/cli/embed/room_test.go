package embed

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// Rows that find no room are refused: 10¹⁵ images of 12 numbers of 4 bytes, kept twice, and twice
// again as text.
func TestNoRoom(t *testing.T) {
	o := Options{Options: encoder.Default(), Out: t.TempDir() + "/x.npy"}
	o.Weights, o.Backend = weightstest.Random(t, t.TempDir()), "cpu"
	enc, err := o.Open()
	if err != nil {
		t.Fatal(err)
	}
	j := &job{Options: o, Extractor: enc}
	if err := j.checkRoom(1e15); err == nil || !strings.Contains(err.Error(), "needs about 96000000.0 GB, but ") {
		t.Errorf("got %v", err)
	}
	j.Out += ".csv"
	if err := j.checkRoom(1e15); err == nil || !strings.Contains(err.Error(), "needs about 192000000.0 GB, but ") {
		t.Errorf("as text: %v", err)
	}
	if err := j.checkRoom(10); err != nil {
		t.Errorf("a few rows: %v", err)
	}
}
