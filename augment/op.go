package augment

// Op is one operation on an image, with all its parameters drawn: one of
// [ResizedCrop], [Resize], [ResizeShorter], [ResizeShorterCenterCrop],
// [CenterCrop], [HFlip], [Brightness], [Contrast], [Saturation], [Hue],
// [Grayscale], [GaussianBlurPIL], [GaussianBlurKernel], [Solarize] and
// [Preparation].
//
// Run operations with [Scratch.Apply].
type Op interface {
	// apply returns the operation's result, an image of s. src is an image of s,
	// which may be overwritten, or a foreign one, which may not.
	apply(s *Scratch, src *Image) *Image
}
