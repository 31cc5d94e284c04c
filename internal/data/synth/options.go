package synth

import "fmt"

// Options say which set to draw. Two sets with equal options are equal byte for byte.
type Options struct {
	Images  int    `json:"images"`  // number of images, spread evenly over the classes
	Classes int    `json:"classes"` // number of classes: the first so many of Classes()
	Size    int    `json:"size"`    // width and height in pixels
	Seed    uint64 `json:"seed"`    // of every random choice
}

// Bounds of Options.Size: smaller images show nothing, larger ones are a mistake.
const (
	MinSize = 16
	MaxSize = 2048
)

// DefaultOptions is the set of the demo.
func DefaultOptions() Options {
	return Options{Images: 4000, Classes: len(classes), Size: 64, Seed: 0}
}

// Validate reports the first option that no set can have.
func (o Options) Validate() error {
	if o.Classes < 1 || o.Classes > len(classes) {
		return fmt.Errorf("synth: classes is %d: must be from 1 to %d", o.Classes, len(classes))
	}
	if o.Images < o.Classes {
		return fmt.Errorf("synth: images is %d: must be at least one for each of the %d classes", o.Images, o.Classes)
	}
	if o.Size < MinSize || o.Size > MaxSize {
		return fmt.Errorf("synth: size is %d: must be from %d to %d pixels", o.Size, MinSize, MaxSize)
	}
	return nil
}

// String describes the set in words.
func (o Options) String() string {
	return fmt.Sprintf("%d images of %d×%[2]d pixels in %[3]d classes, seed %[4]d", o.Images, o.Size, o.Classes, o.Seed)
}
