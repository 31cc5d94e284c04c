package layout

import (
	"fmt"

	"github.com/dino-go/dino/internal/parseerror"
)

// Mean and standard deviation of the colour channels of ImageNet.
var (
	ImageNetMean = [3]float64{0.485, 0.456, 0.406}
	ImageNetStd  = [3]float64{0.229, 0.224, 0.225}
)

// preprocessing is what our metadata, a side file or a run's configuration says, else what the
// layout's project does.
func (p *plan) preprocessing() (Preprocessing, error) {
	if text := own(p.source)[MetadataPreprocessing]; text != "" {
		var out Preprocessing
		if err := unmarshal(text, &out); err != nil {
			return out, fmt.Errorf("metadata %s: %w", MetadataPreprocessing, parseerror.JSON(err))
		}
		return out, out.Validate()
	}
	if len(p.side.preprocessor.fields) > 0 {
		return p.side.preprocessor.preprocessing(p.traits.modelType)
	}
	if p.side.config.has("pretrained_cfg") {
		return p.side.config.timmPreprocessing()
	}
	if run := p.side.run.Augment; run.Std != [3]float64{} {
		out := ForCrop(run.GlobalCrops.Size, run.Mean, run.Std)
		data := p.side.run.Data
		out.Range = data.Range.Range
		if data.Background != "none" {
			out.Background = data.Background
		}
		if data.Pages == "channels" {
			out.Pages = data.Pages
		}
		return out, out.Validate()
	}
	p.note("the source does not say how images are prepared: taken are the mean and standard deviation of ImageNet "+
		"and the sizes of the %s layout", p.Layout)
	return p.projectDefault(), nil
}

// projectDefault is how the evaluations of a layout's project prepare images.
func (p *plan) projectDefault() Preprocessing {
	geometry := p.Network.Geometry()
	out := ForCrop(geometry.Native[0], ImageNetMean, ImageNetStd)
	switch p.Layout {
	case Timm:
		out.CropFraction = 0.9
	case DINOv2, HF:
		if p.isDINOv2() {
			out.Size = 224 / geometry.Patch * geometry.Patch // trained at up to 518 pixels, evaluated at 224
			out.Size = max(out.Size, geometry.Patch)
		}
	}
	return out
}
