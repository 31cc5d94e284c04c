package dino_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/observe"
)

// drawPhotos writes images of two classes into folders: stripes and checks in random-looking
// colours.
func drawPhotos(dir string) error {
	for class, height := range map[string]int{"stripes": 64, "checks": 4} {
		folder := filepath.Join(dir, class)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		for n := range 12 {
			img := image.NewRGBA(image.Rect(0, 0, 24, 24))
			for i := range 24 * 24 {
				x, y := i%24, i/24
				shade := uint8(20 * n)
				if (x/4+y/height)%2 == 1 {
					shade = 255 - shade
				}
				img.Set(x, y, color.RGBA{shade, uint8(31 * n), uint8(8 * x), 255})
			}
			file, err := os.Create(filepath.Join(folder, fmt.Sprintf("%02d.png", n)))
			if err != nil {
				return err
			}
			if err := png.Encode(file, img); err != nil {
				return err
			}
			if err := file.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// tiny are the settings of a network of which a step takes some milliseconds: 16×16 pixels in
// patches of 8, 2 blocks of width 12.
func tiny() []string {
	return []string{
		"model.encoder=custom", "model.vit.image_size=[16, 16]", "model.vit.patch_size=8", "model.vit.embed_dim=12",
		"model.vit.depth=2", "model.vit.num_heads=2", "model.projector_hidden_dim=16",
		"model.projector_bottleneck_dim=8", "model.n_prototypes=16",
		"augment.global_crops.size=16", "augment.local_crops.size=8", "augment.local_crops.number=2",
		"train.batch_size=8", "checkpoint.every_steps=2", "knn.k=3",
	}
}

// progress prints what happens.
type progress struct{ observe.Nothing }

func (progress) Started(s observe.Start) error {
	fmt.Printf("%d steps on %d images, %d held out\n", s.Steps, s.Images, s.HeldOut)
	return nil
}

func (progress) Score(s observe.Score) error {
	fmt.Printf("epoch %d is scored\n", s.Epoch)
	return nil
}

func (progress) Saved(s observe.Saved) error {
	fmt.Printf("%d steps are saved\n", s.Steps)
	return nil
}

// From a folder of images to a network in use.
func ExamplePretrain() {
	dir, err := os.MkdirTemp("", "dino")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	photos := filepath.Join(dir, "photos") // yours
	if err := drawPhotos(photos); err != nil {
		panic(err)
	}

	result, err := dino.Pretrain(context.Background(), dino.Options{
		Data: photos, Run: filepath.Join(dir, "run"), Epochs: 2, Observer: progress{},
		Set: tiny(), // or a preset alone, which sizes the network to the images and the machine
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Steps, "steps,", filepath.Base(result.Teacher))
	encoder, err := dino.Load(result.Teacher)
	if err != nil {
		panic(err)
	}
	img, err := dino.ReadImage(filepath.Join(photos, "stripes", "00.png"))
	if err != nil {
		panic(err)
	}
	features, err := encoder.Embed(context.Background(), []*augment.Image{img})
	if err != nil {
		panic(err)
	}
	fmt.Println(features.Cols, "numbers an image")
	// Output:
	// 4 steps on 22 images, 2 held out
	// 1 steps are saved
	// epoch 1 is scored
	// 2 steps are saved
	// epoch 2 is scored
	// 4 steps are saved
	// 4 steps, teacher.safetensors
	// 12 numbers an image
}
