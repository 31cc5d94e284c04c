// Package augment draws and renders the multi-crop views that a vision model
// is trained on: random crops of one image at two sizes, each with its own
// flip, colour jitter, blur and solarisation.
//
// The decisions and the pixels are apart. [MultiCrop.Sample] draws the views of
// an image of a given size as lists of operations with all their parameters;
// [MultiCrop.Render] applies such a list and writes normalised floats straight
// into a batch. The draw is a function of (seed, epoch, image index) alone, see
// [NewRand], so it does not depend on the number of workers or their order:
//
//	views, err := augment.New(augment.Default(augment.Paper))
//	scratch := new(augment.Scratch)
//	for i, view := range views.Sample(augment.NewRand(seed, epoch, index), img.Width, img.Height) {
//		views.Render(batch[i], img, view, scratch)
//	}
//
// The operations follow Pillow and torchvision in their 8-bit arithmetic, bit for
// bit except for [GaussianBlurKernel], which the reference computes in float32 in
// an unspecified order; each operation's comment has its formula. Every fast loop
// has its obvious slow version beside it in a test. Built for amd64 with
// GOEXPERIMENT=simd the loops use AVX2, with the same results.
//
// The package knows no files and no tensors: images come from elsewhere as
// [Image], rows of 8-bit RGB.
package augment
