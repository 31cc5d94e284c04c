package layout_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// A file of any project becomes one model under timm's names.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	// Stands for a checkpoint that main_dino.py wrote.
	path, tensors := filepath.Join(dir, "checkpoint.pth"), map[string]weights.Tensor{}
	for name, t := range tensorsOf(vit.Custom(224, 16, 192, 2, 3).Shapes(), 1) {
		tensors["teacher/backbone."+name] = t
	}
	if err := weights.WritePTH(path, tensors, map[string]any{"epoch": int64(100)}); err != nil {
		fmt.Println(err)
		return
	}

	m, err := layout.Open(path, layout.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	fmt.Println(m.Layout, m.Network.Width(), m.Network.Outputs().Blocks, m.Network.Outputs().Heads,
		m.Network.Geometry().Patch)
	fmt.Println(m.Teacher["cls_token"].Shape, m.Provenance["epoch"], m.Preprocessing.Size)
	// Output:
	// official 192 2 3 16
	// [1 1 192] 100 224
}
