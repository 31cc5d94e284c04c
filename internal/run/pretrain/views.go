package pretrain

import (
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/pictures"
)

// What of a batch is on the sheet of views.
const (
	viewedImages = 6
	viewedGlobal = 4
	viewedLocal  = 12
	viewSide     = 96 // pixels of a global view; local ones are as much smaller as for the network
	viewGap      = 4
)

// views shows what the network sees of a few images of a batch: a row an image, its global views
// and then its local ones, in the colours that they have before they are normalised.
func (p *pictured) views(batch *loader.Batch) error {
	n := min(viewedImages, len(batch.Index))
	crops := p.config.Augment
	shown := pictures.Shown{
		Images: p.filesOf(batch.Index[:n]),
		Global: pictures.Crops{
			Number: crops.GlobalCrops.Number, Size: crops.GlobalCrops.Size,
			Shown: min(viewedGlobal, crops.GlobalCrops.Number),
		},
		Local: pictures.Crops{
			Number: crops.LocalCrops.Number, Size: crops.LocalCrops.Size,
			Shown: min(viewedLocal, crops.LocalCrops.Number),
		},
	}
	rows := make([][]*augment.Image, n)
	add := func(view, size int) {
		fixed := features.Fixed{
			Images: batch.Index[:n], Pixels: batch.Views[view][:3*n*size*size], Preprocess: p.preprocessing(),
		}
		fixed.Preprocess.Size = size
		for i, img := range fixed.Pictures() {
			rows[i] = append(rows[i], resized(img, min(2*viewSide, max(1, viewSide*size/crops.GlobalCrops.Size))))
		}
	}
	for view := range shown.Global.Shown {
		add(view, crops.GlobalCrops.Size)
	}
	for view := range shown.Local.Shown {
		add(crops.GlobalCrops.Number+view, crops.LocalCrops.Size)
	}
	sheet, err := photoSheet(rows, viewGap)
	if err != nil {
		return err
	}
	written, err := p.write(func() error { return p.folder.Show(shown, sheet) })
	if err != nil || !written {
		return err
	}
	return p.tell(0, map[pictures.Kind][]byte{pictures.Views: sheet})
}
