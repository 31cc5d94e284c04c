package vit

import (
	"fmt"
	"slices"
	"strings"
)

// size is one row of the table of named sizes: width, depth and heads.
type size struct{ embedDim, depth, numHeads int }

var sizes = map[string]size{
	"tiny":  {192, 12, 3},
	"small": {384, 12, 6},
	"base":  {768, 12, 12},
	"large": {1024, 24, 16},
}

var patchSizes = []int{8, 14, 16, 32}

// Names lists the variants that [Variant] knows, under timm's names:
// vit_{tiny,small,base,large}_patch{8,14,16,32}_224.
func Names() []string {
	var names []string
	for _, s := range []string{"tiny", "small", "base", "large"} {
		for _, p := range patchSizes {
			names = append(names, fmt.Sprintf("vit_%s_patch%d_224", s, p))
		}
	}
	return names
}

// Variant returns the configuration of a named vision transformer. The trailing native image size
// may be any multiple of the patch size and defaults to 224: "vit_small_patch16",
// "vit_small_patch16_224" and "vit_small_patch8_96" are all names.
func Variant(name string) (Config, error) {
	parts := strings.Split(name, "_")
	fail := func() (Config, error) {
		return Config{}, fmt.Errorf("vit: unknown encoder %q: known are %s; or give embed_dim, depth, num_heads and "+
			"patch_size by hand", name, strings.Join(Names(), ", "))
	}
	if len(parts) != 3 && len(parts) != 4 || parts[0] != "vit" {
		return fail()
	}
	s, ok := sizes[parts[1]]
	var patch int
	if n, err := fmt.Sscanf(parts[2], "patch%d", &patch); !ok || n != 1 || err != nil ||
		!slices.Contains(patchSizes, patch) || parts[2] != fmt.Sprintf("patch%d", patch) {
		return fail()
	}
	image := 224
	if len(parts) == 4 {
		if n, err := fmt.Sscanf(parts[3], "%d", &image); n != 1 || err != nil || parts[3] != fmt.Sprint(image) {
			return fail()
		}
	}
	c := Custom(image, patch, s.embedDim, s.depth, s.numHeads)
	return c, c.Validate()
}
