package augment_test

import (
	"fmt"

	"github.com/dino-go/dino/augment"
)

// Views alone, for any training program: they come normalised, channel by channel, ready for a
// batch.
func ExampleMultiCrop() {
	config := augment.Default(augment.Paper)
	config.LocalCrops.Number = 6
	views, err := augment.New(config, 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	img := augment.NewImage(500, 375)
	scratch := new(augment.Scratch) // one for each worker
	for _, view := range views.Sample(augment.NewRand(42, 0, 7), img.Width, img.Height) {
		dst := make([]float32, 3*view.Size*view.Size) // usually a part of the batch
		views.Render(dst, img, view, scratch)
		fmt.Print(view.Size, " ")
	}
	// Output: 224 224 96 96 96 96 96 96
}

// What a validation image goes through.
func ExampleScratch_Apply() {
	img := augment.NewImage(500, 375)
	op := augment.ResizeShorterCenterCrop{Shorter: 256, Crop: 224, Interpolation: augment.Bicubic}
	out := new(augment.Scratch).Apply(img, op)
	fmt.Println(out.Width, out.Height)
	// Output: 224 224
}
