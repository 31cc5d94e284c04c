package augment

import (
	"errors"
	"fmt"
	"math"

	"github.com/dino-go/dino/internal/option"
)

// Validate reports everything that is wrong with c, given the patch size of the
// model that will see the views. Every line names the key, what was found and
// what is required.
func (c Config) Validate(patchSize int) error {
	v := &validator{patchSize: patchSize}
	if patchSize < 1 {
		v.add("patch_size", "is %d: must be positive", patchSize)
		return v.err()
	}
	if c.GlobalCrops.Number < 1 {
		v.add("global_crops.number", "is %d: must be at least 1; the teacher sees global crops only",
			c.GlobalCrops.Number)
	}
	if c.LocalCrops.Number < 0 {
		v.add("local_crops.number", "is %d: must be 0 or more", c.LocalCrops.Number)
	}
	v.crops("global_crops", c.GlobalCrops)
	if c.LocalCrops.Number > 0 {
		v.crops("local_crops", c.LocalCrops)
	}
	v.probability("flip", c.Flip)
	v.probability("gray", c.Gray)
	v.jitter(c.Jitter)
	for i := range c.Std {
		if !finite(c.Mean[i]) {
			v.add("mean", "is %v: must be finite", c.Mean)
		}
		if !finite(c.Std[i]) || c.Std[i] <= 0 {
			v.add("std", "is %v: must be positive in every channel", c.Std)
		}
	}
	return v.err()
}

// validator collects complaints.
type validator struct {
	patchSize int
	errs      []error
}

func (v *validator) add(key, format string, args ...any) {
	v.errs = append(v.errs, option.Errorf("augment", option.Name(key), format, args...))
}

func (v *validator) err() error { return errors.Join(v.errs...) }

func (v *validator) crops(key string, c Crops) {
	v.size(key+".size", c.Size)
	v.ordered(key+".scale", c.Scale)
	if c.Scale[1] > 1 {
		v.add(key+".scale", "is %v: must be within (0, 1], as shares of the image's area", c.Scale)
	}
	v.ordered(key+".ratio", c.Ratio)
	if err := c.Interpolation.check(); err != nil {
		v.add(key+".interpolation", "%v", err)
	}
	v.blur(key+".blur", c.Blur)
	v.perView(key+".solarize.probability", c.Solarize.Probability)
	if t := c.Solarize.Threshold; t < 0 || t > 255 {
		v.add(key+".solarize.threshold", "is %d: must be within 0 and 255", t)
	}
}

// size requires a multiple of the patch size and names the nearest ones.
func (v *validator) size(key string, size int) {
	below := size / v.patchSize * v.patchSize
	switch {
	case size < v.patchSize:
		v.add(key, "is %d: must be a positive multiple of the patch size (%d); the smallest is %d", size, v.patchSize,
			v.patchSize)
	case below != size:
		v.add(key, "is %d: must be a multiple of the patch size (%d); nearest are %d and %d", size, v.patchSize, below,
			below+v.patchSize)
	}
}

func (v *validator) blur(key string, b BlurConfig) {
	v.perView(key+".probability", b.Probability)
	v.ordered(key+".sigma", b.Sigma)
	if largest := b.Sigma[1]; finite(largest) && largest > MaxSigma {
		v.add(key+".sigma", "is %v: must be at most %d, beyond which nothing of an image is left", b.Sigma, MaxSigma)
	}
	switch b.Kind {
	case BlurPIL: // has no kernel
		if b.KernelSize < 0 {
			v.add(key+".kernel_size", "is %d: must be 0 or more", b.KernelSize)
		}
	case BlurKernel:
		if b.KernelSize < 1 || b.KernelSize%2 == 0 {
			v.add(key+".kernel_size", "is %d: must be odd and positive", b.KernelSize)
		}
	default:
		v.add(key+".kind", "is %q: must be %q or %q", b.Kind, BlurPIL, BlurKernel)
	}
}

func (v *validator) jitter(j JitterConfig) {
	v.probability("jitter.probability", j.Probability)
	v.strength("jitter.brightness", j.Brightness)
	v.strength("jitter.contrast", j.Contrast)
	v.strength("jitter.saturation", j.Saturation)
	if !(j.Hue >= 0 && j.Hue <= 0.5) {
		v.add("jitter.hue", "is %v: must be within 0 and 0.5", j.Hue)
	}
}

func (v *validator) strength(key string, x float64) {
	if !(x >= 0 && finite(x)) {
		v.add(key, "is %v: must be 0 or more", x)
	}
}

func (v *validator) probability(key string, p float64) {
	if !(p >= 0 && p <= 1) {
		v.add(key, "is %v: must be a probability, within 0 and 1", p)
	}
}

func (v *validator) perView(key string, p PerView) {
	if len(p) == 0 {
		v.add(key, "is empty: must hold at least one probability; the last one is for all further views")
	}
	for i, x := range p {
		v.probability(fmt.Sprintf("%s[%d]", key, i), x)
	}
}

// ordered requires 0 < low ≤ high, both finite.
func (v *validator) ordered(key string, r [2]float64) {
	if !(r[0] > 0 && r[0] <= r[1] && finite(r[1])) {
		v.add(key, "is %v: must be two positive numbers, the smaller one first", r)
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
