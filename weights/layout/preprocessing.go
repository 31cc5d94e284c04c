package layout

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/stored"
)

// Filters that images are resized with.
const (
	Bicubic  = "bicubic"
	Bilinear = "bilinear"
)

// Preprocessing is how images are prepared for a network: they are resized, the middle of Size
// pixels is cut out, and x, the grey level times Rescale, becomes (x − Mean)/Std. What is zero or
// empty is what timm and Meta do: the shorter side is resized to ⌊Size/CropFraction⌋, values are in
// [0, 1].
type Preprocessing struct {
	Size          int     `json:"size"`             // height in pixels; the width, too, if there is none
	Width         int     `json:"width,omitempty"`  // width in pixels, where it is another
	CropFraction  float64 `json:"crop_fraction"`    // of the resized image, in (0, 1]; 0.875 is 224 of 256
	Resize        string  `json:"resize,omitempty"` // empty: shorter side; squash, border, cover or none
	Interpolation string  `json:"interpolation"`    // nearest, lanczos, bilinear, bicubic, box or hamming
	// Resized is the height and width that images are resized to, or twice the length of the
	// shorter side, where CropFraction does not say it.
	Resized [2]int `json:"resized,omitzero"`
	// Processor names the arithmetic: empty for torchvision over Pillow's images (timm, Meta),
	// torchvision and pil for transformers' processors, torchvision_float where they rescale first.
	Processor string     `json:"processor,omitempty"`
	Rescale   float64    `json:"rescale_factor,omitempty"` // 0 is 1/255
	Mean      [3]float64 `json:"mean"`
	Std       [3]float64 `json:"std"`
	// Range is what becomes black and white, of red, green and blue, in images of more than 8 bits,
	// or of numbers with a sign or a fraction; zero takes what their type spans.
	Range [3][2]float64 `json:"range,omitzero"`
	// Background is the colour that transparent pixels are laid over, as #rrggbb; empty shows what
	// is stored beneath them.
	Background string `json:"background,omitempty"`
	// Pages is "channels" where the first pages of a file, grey, are red, green and blue.
	Pages string `json:"pages,omitempty"`
}

// ForCrop returns the preprocessing of the official evaluation, in proportion to another size:
// images are resized to 8/7 of it, bicubic.
func ForCrop(size int, mean, std [3]float64) Preprocessing {
	return Preprocessing{Size: size, CropFraction: 0.875, Interpolation: Bicubic, Mean: mean, Std: std}
}

// Sides are the height and width in pixels of what the network sees.
func (p Preprocessing) Sides() [2]int { return [2]int{p.Size, cmp.Or(p.Width, p.Size)} }

// WithSize is the same for squares of a side: the network sees as much of an image, in more or
// fewer pixels.
func (p Preprocessing) WithSize(side int) Preprocessing {
	sides := p.Sides()
	for axis, resized := range p.Resized {
		p.Resized[axis] = (resized*side + sides[axis]/2) / sides[axis]
	}
	p.Size, p.Width = side, 0
	return p
}

// Target is the height and width that images are resized to; where proportions are kept, the
// lengths of which they keep one.
func (p Preprocessing) Target() [2]int {
	if p.Resized != [2]int{} {
		return p.Resized
	}
	sides := p.Sides()
	for axis, side := range sides {
		sides[axis] = int(math.Floor(float64(side) / p.CropFraction))
	}
	return sides
}

// Normalization is the mean and the standard deviation of values in [0, 1], whatever grey levels
// are rescaled by.
func (p Preprocessing) Normalization() (mean, std [3]float64) {
	mean, std = p.Mean, p.Std
	if p.Rescale != 0 {
		for c := range mean {
			mean[c], std[c] = mean[c]/(255*p.Rescale), std[c]/(255*p.Rescale)
		}
	}
	return mean, std
}

// Shorter is the length that an image's shorter side is resized to.
func (p Preprocessing) Shorter() int { return min(p.Target()[0], p.Target()[1]) }

// Preparation is the operation.
func (p Preprocessing) Preparation() augment.Preparation {
	out := augment.Preparation{
		Height: p.Sides()[0], Width: p.Sides()[1], Target: p.Target(), Fit: augment.Fit(p.Resize),
		Interpolation: augment.Interpolation(p.Interpolation), Arithmetic: augment.Arithmetic(p.Processor),
		Scale: p.Rescale, Mean: p.Mean, Std: p.Std,
	}
	if p.Resize == string(augment.FitInside) { // timm surrounds images with their mean
		for c, mean := range p.Mean {
			out.Fill[c] = uint8(min(max(math.RoundToEven(255*mean), 0), 255))
		}
	}
	return out
}

// String says it in words, in which two that differ differ.
func (p Preprocessing) String() string {
	sides, target := p.Sides(), p.Target()
	size := fmt.Sprintf("%d×%d pixels", sides[1], sides[0])
	var how string
	switch augment.Fit(p.Resize) {
	case augment.FitNone:
		how = "the middle of the image, which is not resized"
	case augment.FitSquash:
		how = fmt.Sprintf("the middle of the image, squashed to %d×%d", target[1], target[0])
	case augment.FitInside:
		how = fmt.Sprintf("the whole of the image, its longer side %d, on a ground of the mean", target[0])
	case augment.FitCover:
		how = fmt.Sprintf("the middle of the image, resized to cover %d×%d", target[1], target[0])
	default:
		how = fmt.Sprintf("the middle of the image, its shorter side %d", p.Shorter())
	}
	by, rescale := "", "1/255"
	if p.Processor != "" {
		by = ", in the arithmetic of transformers' processor over " + p.Processor
	}
	if p.Rescale != 0 {
		rescale = strconv.FormatFloat(p.Rescale, 'g', -1, 64)
	}
	if p.Range != [3][2]float64{} {
		by += fmt.Sprintf(", black and white of more than 8 bits at %v", p.Range)
	}
	if p.Background != "" {
		by += ", transparent pixels over " + p.Background
	}
	if p.Pages != "" {
		by += ", pages as " + p.Pages
	}
	return fmt.Sprintf("%s, %s, %s, levels times %s, mean %v, std %v%s", size, how, p.Interpolation, rescale, p.Mean,
		p.Std, by)
}

// Validate reports the first value that cannot work.
func (p Preprocessing) Validate() error {
	fail := func(format string, args ...any) error { return fmt.Errorf("preprocessing: "+format, args...) }
	for _, side := range p.Sides() {
		if side < 1 || side > maxSide {
			return fail("size is %d: must be from 1 to %d pixels", side, maxSide)
		}
	}
	for _, side := range p.Resized {
		if p.Resized != [2]int{} && (side < 1 || side > maxSide) {
			return fail("resized is %v: must be from 1 to %d pixels", p.Resized, maxSide)
		}
	}
	if !(p.CropFraction > 0 && p.CropFraction <= 1) || p.Target()[0] > maxSide || p.Target()[1] > maxSide {
		return fail("crop_fraction is %g: must be in (0, 1], and images not resized beyond %d pixels", p.CropFraction,
			maxSide)
	}
	for _, o := range []struct {
		name, value string
		values      []string
	}{
		{"resize", p.Resize, resizes()},
		{"interpolation", p.Interpolation, interpolations()},
		{"processor", p.Processor, processors()},
	} {
		if !slices.Contains(o.values, o.value) {
			return fail("%s is %q: must be one of %q", o.name, o.value, o.values)
		}
	}
	if err := stored.Range(p.Range).Validate(); err != nil {
		return fail("range: %w", err)
	}
	if b := p.Background; b != "" && (len(b) != 7 || b[0] != '#') {
		return fail("background is %q: must be a colour as #rrggbb, or empty", b)
	}
	if p.Pages != "" && p.Pages != "channels" {
		return fail("pages is %q: must be channels, or empty", p.Pages)
	}
	if !(p.Rescale >= 0) || math.IsInf(p.Rescale, 0) {
		return fail("rescale_factor is %g: must be positive", p.Rescale)
	}
	for i := range p.Std {
		if !(p.Std[i] > 0) {
			return fail("std is %v: must be positive", p.Std)
		}
		if math.IsNaN(p.Mean[i]) || math.IsInf(p.Mean[i], 0) || math.IsInf(p.Std[i], 0) {
			return fail("mean is %v and std %v: must be finite", p.Mean, p.Std)
		}
	}
	return nil
}

// maxSide bounds images, in pixels.
const maxSide = 1 << 16

func resizes() []string {
	return names(augment.FitShorter, augment.FitSquash, augment.FitInside, augment.FitCover, augment.FitNone)
}

func processors() []string {
	return names(augment.OverPillow, augment.OverTensors, augment.OverFloats, augment.OverArrays)
}

func interpolations() []string { return names(augment.Interpolations()...) }

func names[S ~string](values ...S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
