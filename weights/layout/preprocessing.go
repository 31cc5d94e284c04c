package layout

import (
	"fmt"
	"math"

	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/parseerror"
)

// Mean and standard deviation of the colour channels of ImageNet.
var (
	ImageNetMean = [3]float64{0.485, 0.456, 0.406}
	ImageNetStd  = [3]float64{0.229, 0.224, 0.225}
)

// Filters that images are resized with.
const (
	Bicubic  = "bicubic"
	Bilinear = "bilinear"
)

// ForCrop returns the preprocessing of the official evaluation, in proportion to another size:
// images are resized to 8/7 of it, bicubic.
func ForCrop(size int, mean, std [3]float64) Preprocessing {
	return Preprocessing{Size: size, CropFraction: 0.875, Interpolation: Bicubic, Mean: mean, Std: std}
}

// preprocessing is what our metadata, a side file or a run's configuration says, else what the
// layout's project does.
func (p *plan) preprocessing() (Preprocessing, error) {
	if text := p.source.Metadata()[MetadataPreprocessing]; text != "" {
		var out Preprocessing
		if err := unmarshal(text, &out); err != nil {
			return out, fmt.Errorf("metadata %s: %w", MetadataPreprocessing, parseerror.JSON(err))
		}
		return out, out.Validate()
	}
	if p.side.preprocessor.Std != [3]float64{} {
		out, err := p.side.preprocessor.preprocessing(p.projectDefault())
		return out, err
	}
	if cfg := p.side.config.PretrainedCfg; cfg != nil && cfg.Std != [3]float64{} {
		out := Preprocessing{
			Size: cfg.InputSize[1], CropFraction: cfg.CropPct, Interpolation: cfg.Interpolation,
			Mean: cfg.Mean, Std: cfg.Std,
		}
		return out, out.Validate()
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

// preprocessing reads transformers' form. Its size is that of the resized image, its crop size what
// is cut out.
func (h hubPreprocessor) preprocessing(fallback Preprocessing) (Preprocessing, error) {
	out := Preprocessing{Size: h.Size[0], CropFraction: 1, Mean: h.Mean, Std: h.Std, Interpolation: Bicubic}
	if h.Resample == 2 {
		out.Interpolation = Bilinear
	}
	if h.DoCenterCrop && h.CropSize[0] > 0 && h.Size[0] > 0 {
		out.Size, out.CropFraction = h.CropSize[0], float64(h.CropSize[0])/float64(h.Size[0])
	}
	if out.Size == 0 {
		out.Size = fallback.Size
	}
	return out, out.Validate()
}

// Shorter is the length that an image's shorter side is resized to: Size/CropFraction, rounded
// down.
func (p Preprocessing) Shorter() int {
	return int(math.Floor(float64(p.Size)/p.CropFraction + 1e-9))
}

// Validate reports the first value that cannot work.
func (p Preprocessing) Validate() error {
	switch {
	case p.Size < 1 || p.Size > 1<<16:
		return fmt.Errorf("preprocessing: size is %d: must be from 1 to 65536 pixels", p.Size)
	case !(p.CropFraction > 0 && p.CropFraction <= 1):
		return fmt.Errorf("preprocessing: crop_fraction is %g: must be in (0, 1]", p.CropFraction)
	case p.Interpolation != Bicubic && p.Interpolation != Bilinear:
		return fmt.Errorf("preprocessing: interpolation is %q: must be %q or %q", p.Interpolation, Bicubic, Bilinear)
	}
	if err := stored.Range(p.Range).Validate(); err != nil {
		return fmt.Errorf("preprocessing: range: %w", err)
	}
	if b := p.Background; b != "" && (len(b) != 7 || b[0] != '#') {
		return fmt.Errorf("preprocessing: background is %q: must be a colour as #rrggbb, or empty", b)
	}
	if p.Pages != "" && p.Pages != "channels" {
		return fmt.Errorf("preprocessing: pages is %q: must be channels, or empty", p.Pages)
	}
	for i := range p.Std {
		if !(p.Std[i] > 0) {
			return fmt.Errorf("preprocessing: std is %v: must be positive", p.Std)
		}
	}
	return nil
}
