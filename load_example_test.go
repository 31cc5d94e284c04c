package dino_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/variables"

	"github.com/dino-go/dino/internal/testkit/modelcase"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// saveTeacher writes the weights of a small untrained model as `dino pretrain` does, and returns the file.
func saveTeacher(dir string) string {
	m, store, _ := modelcase.Small()
	tensors, err := variables.Export(store, "/backbone/teacher")
	if err != nil {
		panic(err)
	}
	p := layout.ForCrop(16, [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225})
	metadata, err := layout.Metadata(m.Config.ViT, p, nil)
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "teacher.safetensors")
	if err := weights.Write(path, tensors, metadata); err != nil {
		panic(err)
	}
	return path
}

// trained stands for a run folder or a downloaded file of weights.
func trained() (path string, remove func()) {
	dir, err := os.MkdirTemp("", "dino")
	if err != nil {
		panic(err)
	}
	return saveTeacher(dir), func() { os.RemoveAll(dir) }
}

// stripes draws an image.
func stripes(width, height int) *augment.Image {
	img := augment.NewImage(width, height)
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i / 7)
	}
	return img
}

// Features of two images of different sizes.
func ExampleLoad() {
	run, remove := trained()
	defer remove()

	model, err := dino.Load(run, dino.WithFeatures("cls+mean"))
	if err != nil {
		panic(err)
	}
	images := []*augment.Image{stripes(40, 30), stripes(24, 64)} // or dino.ReadImage(path), or dino.FromImage(img)
	features, err := model.Embed(context.Background(), images)
	if err != nil {
		panic(err)
	}
	fmt.Println(features.Rows, "images,", features.Cols, "numbers each")
	// Output:
	// 2 images, 48 numbers each
}

// Where the heads look in an image that the network sees as patches of 8×8 pixels.
func ExampleEncoder_Attention() {
	run, remove := trained()
	defer remove()

	model, err := dino.Load(run)
	if err != nil {
		panic(err)
	}
	attention, err := model.Attention(context.Background(), stripes(45, 32))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d heads over %d×%d patches\n", len(attention.Heads), attention.Rows, attention.Cols)
	// Output:
	// 3 heads over 4×5 patches
}
