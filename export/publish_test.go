package export

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/weights/onnx"
)

// A model of two files appears with both.
func TestPublishMovesTheSecondFile(t *testing.T) {
	stage, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"w.onnx", "w.onnx" + onnx.DataSuffix} {
		if err := os.WriteFile(filepath.Join(stage, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := size(stage); err != nil || n != int64(len("w.onnx")*2+len(onnx.DataSuffix)) {
		t.Errorf("both files have %d bytes (%v)", n, err)
	}
	if err := publish(filepath.Join(stage, "w.onnx"), filepath.Join(dir, "w.onnx")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"w.onnx", "w.onnx" + onnx.DataSuffix} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != name {
			t.Errorf("%s holds %q (%v)", name, text, err)
		}
	}
}
