package vit

import (
	"strings"
	"testing"
)

func TestEveryNameIsAVariant(t *testing.T) {
	if len(Names()) != 16 {
		t.Errorf("%d names, want 4 sizes × 4 patches", len(Names()))
	}
	for _, name := range Names() {
		c, err := Variant(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		short, err := Variant(strings.TrimSuffix(name, "_224"))
		if err != nil || short != c {
			t.Errorf("%s without image size is %+v (%v), want the same", name, short, err)
		}
		if c.ImageSize != [2]int{224, 224} || c.EmbedDim/c.NumHeads != 64 {
			t.Errorf("%s has images of %v and heads of width %d, want 224 and 64", name, c.ImageSize,
				c.EmbedDim/c.NumHeads)
		}
	}
}

func TestVariantSizes(t *testing.T) {
	for name, want := range map[string][5]int{ // width, depth, heads, patch, image
		"vit_tiny_patch16_224":  {192, 12, 3, 16, 224},
		"vit_small_patch8_96":   {384, 12, 6, 8, 96},
		"vit_base_patch32_384":  {768, 12, 12, 32, 384},
		"vit_large_patch14_518": {1024, 24, 16, 14, 518},
	} {
		c, err := Variant(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := Custom(want[4], want[3], want[0], want[1], want[2]); c != want {
			t.Errorf("%s is %+v, want %+v", name, c, want)
		}
	}
}

func TestVariantRejects(t *testing.T) {
	for _, name := range []string{
		"", "vit", "resnet50", "vit_small", "vit_small_patch16_224_dino", "vit_huge_patch14_224",
		"deit_small_patch16_224",
		"vit_small_patch12_224", "vit_small_patch016", "vit_small_patch16x", "vit_small_16", "vit_small_patch16_224px",
		"vit_small_patch16_0224", "vit_small_patch16_", "VIT_small_patch16",
	} {
		_, err := Variant(name)
		if err == nil {
			t.Errorf("%q is accepted", name)
			continue
		}
		for _, want := range append(Names(), "vit: unknown encoder", "by hand") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q lacks %q", name, err, want)
			}
		}
	}
	for _, name := range []string{"vit_small_patch16_100", "vit_small_patch16_0", "vit_small_patch16_-16"} {
		if _, err := Variant(name); err == nil || !strings.Contains(err.Error(), "multiples of patch_size (16)") {
			t.Errorf("%q gives %v, want an error about the patch size", name, err)
		}
	}
}
