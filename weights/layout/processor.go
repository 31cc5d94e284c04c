package layout

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/dino-go/dino/augment"
)

// processor is what a class of transformers' image processors does with fields that a file leaves
// out.
type processor struct {
	size, crop          hubSize
	resample            int // Pillow's number of a filter
	mean, std           [3]float64
	keepsShape          bool // a size that is one number is that of the shorter side
	doCenterCrop, float bool
	convNext            bool // cuts out crop_pct below 384 pixels, and squashes from there on
}

// Means and standard deviations that the classes have.
var (
	halves   = [3]float64{0.5, 0.5, 0.5}
	clipMean = [3]float64{0.48145466, 0.4578275, 0.40821073}
	clipStd  = [3]float64{0.26862954, 0.26130258, 0.27577711}
)

// processorClasses are the classes that prepare images as a [Preprocessing] can say, by their names
// without the ends Fast and Pil.
var processorClasses = map[string]processor{
	"ViTImageProcessor": {size: square(224), resample: 2, mean: halves, std: halves},
	"DeiTImageProcessor": {
		size: square(256), crop: square(224), doCenterCrop: true, resample: 3, mean: halves,
		std: halves,
	},
	"BitImageProcessor":    clipLike,
	"CLIPImageProcessor":   clipLike,
	"SiglipImageProcessor": {size: square(224), keepsShape: true, resample: 3, mean: halves, std: halves},
	"ConvNextImageProcessor": {
		size: shortest(384), keepsShape: true, convNext: true, resample: 3, mean: halves,
		std: halves,
	},
	"DINOv3ViTImageProcessor": {size: square(224), resample: 2, mean: ImageNetMean, std: ImageNetStd, float: true},
	"PvtImageProcessor":       {size: square(224), resample: 3, mean: ImageNetMean, std: ImageNetStd},
	"BeitImageProcessor":      {size: square(224), crop: square(224), resample: 3, mean: halves, std: halves},
}

var clipLike = processor{
	size: shortest(224), crop: square(224), keepsShape: true, doCenterCrop: true, resample: 3, mean: clipMean,
	std: clipStd,
}

// processorOf is the class that transformers takes for a model where the file names none.
var processorOf = map[string]string{
	"vit": "ViTImageProcessor", "vit_mae": "ViTImageProcessor", "vit_msn": "ViTImageProcessor",
	"ijepa": "ViTImageProcessor", "deit": "DeiTImageProcessor", "dinov2": "BitImageProcessor",
	"dinov2_with_registers": "BitImageProcessor", "dinov3_vit": "DINOv3ViTImageProcessor",
	"clip": "CLIPImageProcessor", "clip_vision_model": "CLIPImageProcessor", "siglip": "SiglipImageProcessor",
	"siglip_vision_model": "SiglipImageProcessor", "convnext": "ConvNextImageProcessor",
	"convnextv2": "ConvNextImageProcessor",
}

// class names the class of a preprocessor_config.json beside a model of a type.
func (d document) class(modelType string) (processor, error) {
	field := "image_processor_type"
	name := d.word(field)
	if name == "" {
		field = "feature_extractor_type"
		name = strings.Replace(d.word(field), "FeatureExtractor", "ImageProcessor", 1)
	}
	if name == "" {
		name = processorOf[modelType]
	}
	if name == "" {
		return processor{}, d.errorf("image_processor_type", "is missing, and config.json does not say it "+
			"either: it names the class that prepares images, such as ViTImageProcessor")
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "Pil"), "Fast")
	class, ok := processorClasses[name]
	if !ok {
		var known []string
		for class := range processorClasses {
			known = append(known, class)
		}
		slices.Sort(known)
		return class, d.errorf(field, "is %s, whose preparation of images is not known here: known are %s",
			quotable(name), strings.Join(known, ", "))
	}
	return class, nil
}

// settings are the fields of a preprocessor_config.json that are read.
type settings struct {
	Resize   bool      `json:"do_resize"`
	Crop     bool      `json:"do_center_crop"`
	Scale    bool      `json:"do_rescale"`
	Factor   float64   `json:"rescale_factor"`
	Norm     bool      `json:"do_normalize"`
	Resample int       `json:"resample"`
	Pct      float64   `json:"crop_pct"`
	Mean     hubColour `json:"image_mean"`
	Std      hubColour `json:"image_std"`
	size     hubSize
	cropSize hubSize
}

// preprocessing is what a preprocessor_config.json says, in the arithmetic of transformers' default
// processors, which are torchvision's.
func (d document) preprocessing(modelType string) (Preprocessing, error) {
	class, err := d.class(modelType)
	if err != nil {
		return Preprocessing{}, err
	}
	d.known = true
	if err := d.check(fates[processorFile]); err != nil {
		return Preprocessing{}, err
	}
	s, err := d.settings(class)
	if err != nil {
		return Preprocessing{}, err
	}
	p := Preprocessing{CropFraction: 1, Processor: string(augment.OverTensors), Mean: s.Mean, Std: s.Std}
	if class.float && s.Scale { // rescaling, which comes first, is what makes numbers of levels
		p.Processor = string(augment.OverFloats)
	}
	filters := augment.Interpolations()
	if s.Resample < 0 || s.Resample >= len(filters) {
		return p, d.refuse("resample", "Pillow's number of a filter, 0 to 5")
	}
	p.Interpolation = string(filters[s.Resample])
	if !s.Norm {
		p.Mean, p.Std = [3]float64{}, [3]float64{1, 1, 1}
	}
	switch {
	case !s.Scale:
		p.Rescale = 1
	case s.Factor != 1.0/255:
		p.Rescale = s.Factor
	}
	if s.Scale && !(s.Factor > 0) {
		return p, d.refuse("rescale_factor", "positive")
	}
	if class.convNext && s.Resize {
		err = d.convNext(&p, s)
	} else {
		err = d.geometry(&p, s)
	}
	if err != nil {
		return p, err
	}
	return p, p.Validate()
}

// settings reads the fields over the defaults of a class.
func (d document) settings(class processor) (settings, error) {
	s := settings{
		Resize: true, Crop: class.doCenterCrop, Scale: true, Factor: 1.0 / 255, Norm: true, Resample: class.resample,
		Pct: 224. / 256, Mean: class.mean, Std: class.std, size: class.size, cropSize: class.crop,
	}
	toSquare := !class.keepsShape
	err := errors.Join(
		d.read("do_resize", &s.Resize), d.read("do_center_crop", &s.Crop), d.read("do_rescale", &s.Scale),
		d.read("rescale_factor", &s.Factor), d.read("do_normalize", &s.Norm), d.read("resample", &s.Resample),
		d.read("crop_pct", &s.Pct), d.read("image_mean", &s.Mean), d.read("image_std", &s.Std),
		d.read("default_to_square", &toSquare),
	)
	if err != nil {
		return s, err
	}
	if s.size, err = d.size("size", s.size, toSquare); err != nil {
		return s, err
	}
	s.cropSize, err = d.size("crop_size", s.cropSize, true)
	return s, err
}

// geometry is what resizing and cutting make of images.
func (d document) geometry(p *Preprocessing, s settings) error {
	final := s.cropSize
	switch {
	case !s.Resize && !s.Crop:
		return d.errorf("do_resize",
			"and do_center_crop are false: images would keep their own sizes, and a batch has "+
				"one: set one of them to true")
	case s.Crop && (final.height < 1 || final.width < 1):
		return d.errorf("crop_size", "is missing or no height and width, but do_center_crop is true: state it")
	case !s.Resize:
		p.Resize = string(augment.FitNone)
	case s.size.shortest > 0 && !s.Crop:
		return d.errorf("size", "is that of the shortest edge and do_center_crop is false: images would "+
			"keep their own "+
			"shapes, and a batch has one: set do_center_crop to true with a crop_size, or size to height and width")
	case s.size.shortest > 0:
		p.Resized = [2]int{s.size.shortest, s.size.shortest}
	default:
		p.Resize, p.Resized = string(augment.FitSquash), [2]int{s.size.height, s.size.width}
		if !s.Crop {
			final = s.size
		}
	}
	p.setSides(final.height, final.width)
	return nil
}

// convNext is ConvNextImageProcessor's: from 384 pixels on images are squashed.
func (d document) convNext(p *Preprocessing, s settings) error {
	side := s.size.shortest
	if side < 1 || s.Crop || !(s.Pct > 0 && s.Pct <= 1) {
		return d.errorf("size", "of ConvNextImageProcessor must be that of the shortest edge, with do_center_crop "+
			"false and crop_pct in (0, 1]")
	}
	p.Resize, p.Resized = string(augment.FitSquash), [2]int{side, side}
	if side < 384 {
		shorter := int(float64(side) / s.Pct)
		p.Resize, p.Resized = "", [2]int{shorter, shorter}
	}
	p.setSides(side, side)
	return nil
}

// setSides sets what the network sees, and says by a fraction what Resized says, where that is the
// same.
func (p *Preprocessing) setSides(height, width int) {
	p.Size = height
	if width != height {
		p.Width = width
	}
	if p.Resized == [2]int{} || height != width || p.Resized[0] != p.Resized[1] || p.Resized[0] < height {
		return
	}
	fraction := float64(height) / float64(p.Resized[0])
	if int(math.Floor(float64(height)/fraction)) == p.Resized[0] {
		p.CropFraction, p.Resized = fraction, [2]int{}
	}
}

// hubSize is a height and width, or the length of the shorter side.
type hubSize struct{ height, width, shortest int }

func square(side int) hubSize   { return hubSize{height: side, width: side} }
func shortest(side int) hubSize { return hubSize{shortest: side} }

// size reads a size in any of its forms: a number, a pair, or an object.
func (d document) size(field string, fallback hubSize, toSquare bool) (hubSize, error) {
	if !d.has(field) {
		return fallback, nil
	}
	text := d.fields[field]
	var side int
	if json.Unmarshal(text, &side) == nil && side > 0 {
		if toSquare {
			return square(side), nil
		}
		return shortest(side), nil
	}
	var pair []int
	if json.Unmarshal(text, &pair) == nil && len(pair) == 2 && pair[0] > 0 && pair[1] > 0 {
		return hubSize{height: pair[0], width: pair[1]}, nil
	}
	var object map[string]int
	if json.Unmarshal(text, &object) == nil {
		height, width, shorter := object["height"], object["width"], object["shortest_edge"]
		switch {
		case len(object) == 2 && height > 0 && width > 0:
			return hubSize{height: height, width: width}, nil
		case len(object) == 1 && shorter > 0:
			return shortest(shorter), nil
		}
	}
	return hubSize{}, d.refuse(field, "a number, a pair, height and width, or shortest_edge")
}

// hubColour is a number of each channel, or one for all.
type hubColour [3]float64

// UnmarshalJSON reads either form.
func (c *hubColour) UnmarshalJSON(text []byte) error {
	var one float64
	if json.Unmarshal(text, &one) == nil {
		*c = hubColour{one, one, one}
		return nil
	}
	var all []float64
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	switch len(all) {
	case 1:
		*c = hubColour{all[0], all[0], all[0]}
	case len(c):
		copy(c[:], all)
	default:
		return errors.New("has not one number a channel of three")
	}
	return nil
}
