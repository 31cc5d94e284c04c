package inference

import (
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/weights/layout"
)

// CenterCrop is the operation that cuts out of an image what a network sees in an evaluation.
func CenterCrop(p layout.Preprocessing) augment.ResizeShorterCenterCrop {
	return augment.ResizeShorterCenterCrop{
		Shorter: p.Shorter(), Crop: p.Size,
		Interpolation: augment.Interpolation(p.Interpolation),
	}
}
