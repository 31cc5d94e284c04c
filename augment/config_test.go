package augment

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestDefaultsAreValid(t *testing.T) {
	for _, policy := range []Policy{Paper, Seed} {
		for _, patch := range []int{8, 16, 32} {
			if err := Default(policy).Validate(patch); err != nil {
				t.Errorf("%s, patch size %d: %v", policy, patch, err)
			}
		}
	}
	requirePanic(t, "unknown policy", func() { Default("papers") })
}

func TestValidate(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{
			func(c *Config) { c.LocalCrops.Size = 97 },
			"augment: local_crops.size is 97: must be a multiple of the patch size (16); nearest are 96 and 112",
		},
		{
			func(c *Config) { c.GlobalCrops.Size = 225 },
			"augment: global_crops.size is 225: must be a multiple of the patch size (16); nearest are 224 and 240",
		},
		{
			func(c *Config) { c.LocalCrops.Size = 15 },
			"augment: local_crops.size is 15: must be a positive multiple of the patch size (16); the smallest is 16",
		},
		{
			func(c *Config) { c.LocalCrops.Size = -32 },
			"augment: local_crops.size is -32: must be a positive multiple of the patch size (16); the smallest is 16",
		},
		{
			func(c *Config) { c.GlobalCrops.Number = 0 },
			"augment: global_crops.number is 0: must be at least 1; the teacher sees global crops only",
		},
		{func(c *Config) { c.LocalCrops.Number = -1 }, "augment: local_crops.number is -1: must be 0 or more"},
		{
			func(c *Config) { c.LocalCrops.Scale = [2]float64{0.4, 0.05} },
			"augment: local_crops.scale is [0.4 0.05]: must be two positive numbers, the smaller one first",
		},
		{
			func(c *Config) { c.LocalCrops.Scale = [2]float64{0, 0.05} },
			"augment: local_crops.scale is [0 0.05]: must be two positive numbers, the smaller one first",
		},
		{
			func(c *Config) { c.LocalCrops.Scale = [2]float64{0.5, 1.5} },
			"augment: local_crops.scale is [0.5 1.5]: must be within (0, 1], as shares of the image's area",
		},
		{
			func(c *Config) { c.GlobalCrops.Ratio[0] = nan },
			"augment: global_crops.ratio is [NaN 1.3333333333333333]: must be two positive numbers, the " +
				"smaller one first",
		},
		{
			func(c *Config) { c.GlobalCrops.Ratio[1] = math.Inf(1) },
			"augment: global_crops.ratio is [0.75 +Inf]: must be two positive numbers, the smaller one first",
		},
		{
			func(c *Config) { c.GlobalCrops.Interpolation = "lanczos" },
			`augment: global_crops.interpolation is "lanczos": must be "bicubic" or "bilinear"`,
		},
		{
			func(c *Config) { c.GlobalCrops.Blur.Kind = "box" },
			`augment: global_crops.blur.kind is "box": must be "pil" or "kernel"`,
		},
		{
			func(c *Config) { c.GlobalCrops.Blur.Probability = PerView{1, 1.5} },
			"augment: global_crops.blur.probability[1] is 1.5: must be a probability, within 0 and 1",
		},
		{
			func(c *Config) { c.GlobalCrops.Blur.Probability = nil },
			"augment: global_crops.blur.probability is empty: must hold at least one probability; the last one is " +
				"for all further views",
		},
		{
			func(c *Config) { c.LocalCrops.Blur.Sigma = [2]float64{1, 1000.5} },
			"augment: local_crops.blur.sigma is [1 1000.5]: must be at most 1000, beyond which nothing of an " +
				"image is left",
		},
		{
			func(c *Config) { c.GlobalCrops.Blur.Sigma = [2]float64{0, 1} },
			"augment: global_crops.blur.sigma is [0 1]: must be two positive numbers, the smaller one first",
		},
		{
			func(c *Config) { c.LocalCrops.Blur.Kind, c.LocalCrops.Blur.KernelSize = BlurKernel, 4 },
			"augment: local_crops.blur.kernel_size is 4: must be odd and positive",
		},
		{
			func(c *Config) { c.LocalCrops.Solarize.Probability = PerView{} },
			"augment: local_crops.solarize.probability is empty: must hold at least one probability; the last one is " +
				"for all further views",
		},
		{
			func(c *Config) { c.LocalCrops.Solarize.Threshold = 256 },
			"augment: local_crops.solarize.threshold is 256: must be within 0 and 255",
		},
		{func(c *Config) { c.Flip = -0.1 }, "augment: flip is -0.1: must be a probability, within 0 and 1"},
		{func(c *Config) { c.Gray = nan }, "augment: gray is NaN: must be a probability, within 0 and 1"},
		{
			func(c *Config) { c.Jitter.Probability = 2 },
			"augment: jitter.probability is 2: must be a probability, within 0 and 1",
		},
		{func(c *Config) { c.Jitter.Brightness = -1 }, "augment: jitter.brightness is -1: must be 0 or more"},
		{func(c *Config) { c.Jitter.Contrast = nan }, "augment: jitter.contrast is NaN: must be 0 or more"},
		{
			func(c *Config) { c.Jitter.Saturation = math.Inf(1) },
			"augment: jitter.saturation is +Inf: must be 0 or more",
		},
		{func(c *Config) { c.Jitter.Hue = 0.6 }, "augment: jitter.hue is 0.6: must be within 0 and 0.5"},
		{func(c *Config) { c.Mean[1] = nan }, "augment: mean is [0.485 NaN 0.406]: must be finite"},
		{func(c *Config) { c.Std[2] = 0 }, "augment: std is [0.229 0.224 0]: must be positive in every channel"},
	} {
		config := Default(Paper)
		c.change(&config)
		err := config.Validate(16)
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if _, err := New(config, 16); err == nil {
			t.Errorf("New accepts what Validate rejects: %s", c.want)
		}
	}
}

// TestValidateReportsAll: two mistakes, two lines.
func TestValidateReportsAll(t *testing.T) {
	c := Default(Seed)
	c.Flip, c.LocalCrops.Size = 3, 100
	if lines := strings.Split(c.Validate(16).Error(), "\n"); len(lines) != 2 {
		t.Errorf("got %d lines, want 2: %q", len(lines), lines)
	}
}

func TestValidateIgnoresUnusedLocalCrops(t *testing.T) {
	c := Default(Paper)
	c.LocalCrops = Crops{}
	if err := c.Validate(16); err != nil {
		t.Error(err)
	}
	if err := c.Validate(0); err == nil || err.Error() != "augment: patch_size is 0: must be positive" {
		t.Errorf("got %v", err)
	}
}

// TestConfigYAML: the keys that recipes use, and a round trip.
func TestConfigYAML(t *testing.T) {
	want := Default(Paper)
	text, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"global_crops:", "  scale: [0.4, 1.0]", "    probability: [1.0, 0.1]",
		"    kernel_size: 23", "jitter:", "mean: [0.485, 0.456, 0.406]",
	} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	var got Config
	if err := yaml.UnmarshalWithOptions(text, &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
