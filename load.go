package dino

import (
	"fmt"
	"image"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/inference"

	"github.com/dino-go/dino/weights/layout"
)

// LoadOption changes how [Load] opens weights.
type LoadOption func(*loading)

// loading is what the options of [Load] set.
type loading struct {
	weights       inference.Options
	features      string
	preprocessing *layout.Preprocessing
}

// WithBackend names the compute engine. Without it the best one that is installed is taken.
func WithBackend(name string) LoadOption {
	return func(l *loading) { l.weights.Backend = name }
}

// WithPrecision chooses what the network is computed in: [distill.Float32] (the default), or
// [distill.BFloat16], which is about twice as fast on processors that multiply it. Weights and
// features are float32 in any case.
func WithPrecision(precision string) LoadOption {
	return func(l *loading) { l.weights.Precision = precision }
}

// WithLayout overrides what is inferred from the weights: see [layout.Options].
func WithLayout(o layout.Options) LoadOption {
	return func(l *loading) { l.weights.Options = o }
}

// WithFeatures chooses what [Encoder.Embed] returns: "cls" (the default, the class token), "mean"
// (of the patch tokens), "cls+mean", "cls+gem" (generalised mean with p = 4, for copy detection) or
// "last-N" (the class tokens of the last N blocks, for linear probes), all after the final norm.
func WithFeatures(name string) LoadOption {
	return func(l *loading) { l.features = name }
}

// WithPreprocessing replaces the preparation of images that the weights name.
func WithPreprocessing(p layout.Preprocessing) LoadOption {
	return func(l *loading) { l.preprocessing = &p }
}

// Load opens weights for use: a run folder of `dino pretrain`, or a file or folder of Meta's DINO
// and DINOv2, timm, transformers or stable-pretraining. Of student and teacher it takes the
// teacher. The file is not needed afterwards.
func Load(path string, options ...LoadOption) (*Encoder, error) {
	l := loading{features: "cls"}
	for _, option := range options {
		option(&l)
	}
	features, err := inference.ParseFeatures(l.features)
	if err != nil {
		return nil, fmt.Errorf("dino: %w", err)
	}
	if features.Patches {
		return nil, fmt.Errorf("dino: features are %q: Embed returns one row an image; Attention returns patch tokens",
			l.features)
	}
	network, err := inference.Open(path, l.weights)
	if err != nil {
		return nil, err
	}
	if l.preprocessing != nil {
		network.Preprocessing = *l.preprocessing
	}
	e := &Encoder{
		Config: network.Config, Preprocessing: network.Preprocessing, Notes: network.Notes, network: network,
		features: features,
	}
	if err := features.Validate(e.Config); err != nil {
		return nil, fmt.Errorf("dino: %s: %w", path, err)
	}
	if err := inference.CheckPreprocessing(e.Config, e.Preprocessing); err != nil {
		return nil, fmt.Errorf("dino: %w", err)
	}
	return e, nil
}

// ReadImage decodes an image file, upright by its EXIF orientation: JPEG, PNG, WebP, GIF, BMP, TIFF
// or PNM. What becomes black and white in images of more than 8 bits is what their type spans:
// [Encoder.ReadImage] takes what the network was trained with.
func ReadImage(path string) (*augment.Image, error) {
	return imageio.DecodeFile(path, imageio.Limits{})
}

// FromImage converts an image of Go's standard library. Alpha is dropped, as Pillow's
// convert("RGB") does.
func FromImage(img image.Image) *augment.Image { return imageio.FromImage(img) }
