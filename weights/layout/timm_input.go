package layout

import (
	"errors"
	"slices"

	"github.com/dino-go/dino/augment"
)

// timmPreprocessing is what pretrained_cfg of timm's config.json says, with what timm's
// resolve_data_config takes where it is silent.
func (d document) timmPreprocessing() (Preprocessing, error) {
	p := Preprocessing{CropFraction: 0.875, Interpolation: Bicubic, Mean: ImageNetMean, Std: ImageNetStd}
	cfg, err := d.object("pretrained_cfg")
	if err != nil {
		return p, err
	}
	cfg.known = true
	if err := cfg.check(fates[timmInputFile]); err != nil {
		return p, err
	}
	size, mode := []int{3, 224, 224}, "center"
	mean, std := hubColour(p.Mean), hubColour(p.Std)
	err = errors.Join(cfg.read("input_size", &size), cfg.read("crop_mode", &mode), cfg.read("mean", &mean),
		cfg.read("std", &std), cfg.read("crop_pct", &p.CropFraction), cfg.read("interpolation", &p.Interpolation))
	if err != nil {
		return p, err
	}
	if len(size) != 3 || slices.Min(size) < 1 {
		return p, cfg.refuse("input_size", "channels, height and width")
	}
	if !slices.Contains(interpolations(), p.Interpolation) {
		return p, cfg.refuse("interpolation", "one of "+oneOf(interpolations()))
	}
	p.Mean, p.Std, p.Size = mean, std, size[1]
	if size[1] != size[2] {
		p.Width = size[2]
	}
	switch target := p.Target(); {
	case mode == "squash":
		p.Resize = string(augment.FitSquash)
	case mode == "border":
		p.Resize = string(augment.FitInside)
	case mode != "center":
		return p, cfg.refuse("crop_mode", "center, squash or border")
	case target[0] != target[1]:
		p.Resize = string(augment.FitCover)
	}
	return p, p.Validate()
}
