package augment

import (
	"math/rand/v2"
)

// MultiCrop makes the views of images as a configuration says. It is read-only
// and can serve any number of goroutines.
type MultiCrop struct {
	config     Config
	normalizer *Normalizer
}

// New returns the multi-crop views of a configuration, or what is wrong with it.
func New(config Config, patchSize int) (*MultiCrop, error) {
	if err := config.Validate(patchSize); err != nil {
		return nil, err
	}
	return &MultiCrop{config: config, normalizer: NewNormalizer(config.Mean, config.Std)}, nil
}

// Config returns the configuration.
func (m *MultiCrop) Config() Config { return m.config }

// Sample draws the views of an image of width × height pixels: the global ones,
// then the local ones. Nothing is computed yet.
func (m *MultiCrop) Sample(rng *rand.Rand, width, height int) []View {
	c := &m.config
	views := make([]View, 0, c.GlobalCrops.Number+c.LocalCrops.Number)
	for i := range c.GlobalCrops.Number {
		views = append(views, m.view(rng, width, height, &c.GlobalCrops, i))
	}
	for i := range c.LocalCrops.Number {
		views = append(views, m.view(rng, width, height, &c.LocalCrops, i))
	}
	return views
}

// view draws view i of one kind, in the order: crop, flip, colour jitter, grey,
// blur, solarisation.
func (m *MultiCrop) view(rng *rand.Rand, width, height int, crops *Crops, i int) View {
	c := &m.config
	ops := append(make([]Op, 0, 9), ResizedCrop{
		Box:           randomCrop(rng, width, height, crops.Scale, crops.Ratio),
		Width:         crops.Size,
		Height:        crops.Size,
		Interpolation: crops.Interpolation,
	})
	if chance(rng, c.Flip) {
		ops = append(ops, HFlip{})
	}
	if chance(rng, c.Jitter.Probability) {
		ops = c.Jitter.appendOps(rng, ops)
	}
	if chance(rng, c.Gray) {
		ops = append(ops, Grayscale{})
	}
	if chance(rng, crops.Blur.Probability.At(i)) {
		ops = append(ops, crops.Blur.op(uniform(rng, crops.Blur.Sigma[0], crops.Blur.Sigma[1])))
	}
	if chance(rng, crops.Solarize.Probability.At(i)) {
		ops = append(ops, Solarize{Threshold: crops.Solarize.Threshold})
	}
	return View{Global: crops == &c.GlobalCrops, Index: i, Size: crops.Size, Ops: ops}
}

// op returns the blur with a standard deviation.
func (b BlurConfig) op(sigma float64) Op {
	if b.Kind == BlurKernel {
		return GaussianBlurKernel{KernelSize: b.KernelSize, Sigma: sigma}
	}
	return GaussianBlurPIL{Radius: sigma}
}

// Render applies a view to the image that it was drawn for and writes the
// normalised result to dst: [3, Size, Size], 3·Size² floats.
func (m *MultiCrop) Render(dst []float32, img *Image, view View, s *Scratch) {
	m.normalizer.Into(dst, s.Apply(img, view.Ops...))
}
