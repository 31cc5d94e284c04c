package augment

// View is one crop of an image: the operations that lead from the image to it.
type View struct {
	Global bool // or local
	Index  int  // among the global or among the local views
	Ops    []Op // in order; the result is Size × Size pixels
	Size   int
}
