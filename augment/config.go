package augment

// Config says how the views of an image are made. Start from [Default].
type Config struct {
	// GlobalCrops are the views that the teacher sees, and the student too.
	GlobalCrops Crops `yaml:"global_crops"`
	// LocalCrops are the smaller views that only the student sees.
	LocalCrops Crops `yaml:"local_crops"`
	// Flip is the probability of a left-right flip.
	Flip float64 `yaml:"flip"`
	// Jitter changes the colours.
	Jitter JitterConfig `yaml:"jitter"`
	// Gray is the probability of losing all colour.
	Gray float64 `yaml:"gray"`
	// Mean and Std normalise the channels red, green and blue: (x − mean)/std
	// with white = 1.
	Mean [3]float64 `yaml:"mean,flow"`
	Std  [3]float64 `yaml:"std,flow"`
}

// Crops describes the global or the local views.
type Crops struct {
	// Number of views of each image. No local views at all is allowed.
	Number int `yaml:"number"`
	// Size is the side of the square view in pixels.
	Size int `yaml:"size"`
	// Scale is the range of the crop's share of the image's area.
	Scale [2]float64 `yaml:"scale,flow"`
	// Ratio is the range of the crop's width divided by its height.
	Ratio [2]float64 `yaml:"ratio,flow"`
	// Interpolation resizes the crop: bicubic or bilinear.
	Interpolation Interpolation `yaml:"interpolation"`
	// Blur and Solarize come last.
	Blur     BlurConfig     `yaml:"blur"`
	Solarize SolarizeConfig `yaml:"solarize"`
}

// JitterConfig changes brightness, contrast, saturation and hue, in random order.
type JitterConfig struct {
	// Probability of any change at all.
	Probability float64 `yaml:"probability"`
	// Brightness, Contrast and Saturation are drawn as factors from 1 − x to
	// 1 + x, but not below 0. With x = 0 the operation is left out.
	Brightness float64 `yaml:"brightness"`
	Contrast   float64 `yaml:"contrast"`
	Saturation float64 `yaml:"saturation"`
	// Hue is drawn from −x to x turns of the colour wheel; at most ½.
	Hue float64 `yaml:"hue"`
}

// MaxSigma is the largest standard deviation of a blur, in pixels: of any usual image it leaves one
// colour, and the work grows with it.
const MaxSigma = 1000

// BlurConfig is a Gaussian blur.
type BlurConfig struct {
	// Kind is which approximation of the Gaussian: pil or kernel.
	Kind BlurKind `yaml:"kind"`
	// Probability for the first view, the second …
	Probability PerView `yaml:"probability,flow"`
	// Sigma is the range of the standard deviation in pixels, at most [MaxSigma].
	Sigma [2]float64 `yaml:"sigma,flow"`
	// KernelSize is the number of taps of kind kernel, odd. Kind pil ignores it.
	KernelSize int `yaml:"kernel_size"`
}

// SolarizeConfig inverts the bright samples.
type SolarizeConfig struct {
	// Probability for the first view, the second …
	Probability PerView `yaml:"probability,flow"`
	// Threshold is the smallest value, 0 … 255, that is inverted.
	Threshold int `yaml:"threshold"`
}

// BlurKind names an approximation of the Gaussian blur.
type BlurKind string

const (
	// BlurPIL is [GaussianBlurPIL], the blur of the official recipe.
	BlurPIL BlurKind = "pil"
	// BlurKernel is [GaussianBlurKernel], torchvision's blur.
	BlurKernel BlurKind = "kernel"
)

// PerView holds one probability for each view of a kind, in order. The last
// entry holds for all further views, so a single entry is for all of them.
type PerView []float64

// At returns the probability for view i.
func (p PerView) At(i int) float64 { return p[min(i, len(p)-1)] }
