package augment

// Op is one operation on an image, with all its parameters drawn: one of
// [ResizedCrop], [Resize], [ResizeShorter], [ResizeShorterCenterCrop],
// [CenterCrop], [HFlip], [Brightness], [Contrast], [Saturation], [Hue],
// [Grayscale], [GaussianBlurPIL], [GaussianBlurKernel] and [Solarize].
//
// Run operations with [Scratch.Apply].
type Op interface {
	// apply returns the operation's result, an image of s. src is an image of s,
	// which may be overwritten, or a foreign one, which may not.
	apply(s *Scratch, src *Image) *Image
}

// View is one crop of an image: the operations that lead from the image to it.
type View struct {
	Global bool // or local
	Index  int  // among the global or among the local views
	Ops    []Op // in order; the result is Size × Size pixels
	Size   int
}
