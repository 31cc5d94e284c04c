package dino_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// small is a very small untrained model, with its weights.
func small() (*distill.Model, *model.Store) {
	c := distill.DefaultConfig()
	// 16×16 pixels in patches of 8, 2 blocks of width 24 with 3 heads
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(16, 8, 24, 2, 3)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 64
	m, err := distill.New(c)
	if err != nil {
		panic(err)
	}
	engine, err := cpu.New("")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore()
	if err := m.Init(engine, store, 1, [4]int{1, 3, 16, 16}); err != nil {
		panic(err)
	}
	return m, store
}

// saveTeacher writes the weights of a model, and returns the file.
func saveTeacher(dir string) string {
	m, store := small()
	path := filepath.Join(dir, "teacher.safetensors")
	if err := dino.SaveTeacher(path, m, store, imageNet(16)); err != nil {
		panic(err)
	}
	return path
}

// imageNet is the usual preparation of images of a size.
func imageNet(size int) layout.Preprocessing {
	return layout.ForCrop(size, [3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225})
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

// What a loop of one's own trained becomes a file that [dino.Load] and every command of dino read.
// See [distill.Model.Step] for the loop.
func ExampleSaveTeacher() {
	dir, err := os.MkdirTemp("", "dino")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	m, store := small()

	path := filepath.Join(dir, "teacher.safetensors")
	if err := dino.SaveTeacher(path, m, store, imageNet(16)); err != nil {
		panic(err)
	}
	file, err := weights.Open(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Println(len(file.Names()), "tensors, the first is", file.Names()[0])
	// Output:
	// 30 tensors, the first is blocks.0.attn.proj.bias
}

// Features of two images of different sizes.
func ExampleLoad() {
	run, remove := trained()
	defer remove()

	encoder, err := dino.Load(run, dino.WithFeatures("cls+mean"), dino.WithBackend(cpu.Name))
	if err != nil {
		panic(err)
	}
	images := []*augment.Image{stripes(40, 30), stripes(24, 64)} // or dino.ReadImage(path), or dino.FromImage(img)
	features, err := encoder.Embed(context.Background(), images)
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

	encoder, err := dino.Load(run, dino.WithBackend(cpu.Name))
	if err != nil {
		panic(err)
	}
	attention, err := encoder.Attention(context.Background(), stripes(45, 32))
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d heads over %d×%d patches\n", len(attention.Heads), attention.Rows, attention.Cols)
	// Output:
	// 3 heads over 4×5 patches
}
