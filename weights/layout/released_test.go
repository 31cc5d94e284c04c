package layout_test

import (
	"math"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/layout"
)

// released are networks that come with published weights, by what those are called, with their
// parameters in millions as their projects state them (without classifier and mask token), and how
// many heads and which hidden width they have.
var released = []struct {
	name          string
	dinov2        bool
	patch, pixels int
	width, depth  int
	registers     int
	heads, hidden int
	millions      float64
}{
	{
		name: "dino_deitsmall16", patch: 16, pixels: 224, width: 384, depth: 12, heads: 6, hidden: 1536,
		millions: 21.665664,
	},
	{
		name: "dino_deitsmall8", patch: 8, pixels: 224, width: 384, depth: 12, heads: 6, hidden: 1536,
		millions: 21.670272,
	},
	{
		name: "dino_vitbase16", patch: 16, pixels: 224, width: 768, depth: 12, heads: 12, hidden: 3072,
		millions: 85.798656,
	},
	{name: "dino_vitbase8", patch: 8, pixels: 224, width: 768, depth: 12, heads: 12, hidden: 3072, millions: 85.807872},
	{
		name: "deit_tiny_patch16_224", patch: 16, pixels: 224, width: 192, depth: 12, heads: 3, hidden: 768,
		millions: 5.524416,
	},
	{
		name: "dinov2_vits14", dinov2: true, patch: 14, pixels: 518, width: 384, depth: 12, heads: 6, hidden: 1536,
		millions: 22.06,
	},
	{
		name: "dinov2_vitb14", dinov2: true, patch: 14, pixels: 518, width: 768, depth: 12, heads: 12, hidden: 3072,
		millions: 86.58,
	},
	{
		name: "dinov2_vitl14", dinov2: true, patch: 14, pixels: 518, width: 1024, depth: 24, heads: 16, hidden: 4096,
		millions: 304.37,
	},
	{
		name: "dinov2_vitg14", dinov2: true, patch: 14, pixels: 518, width: 1536, depth: 40, heads: 24, hidden: 4096,
		millions: 1136.48,
	},
	{
		name: "dinov2_vits14_reg4", dinov2: true, patch: 14, pixels: 518, width: 384, depth: 12, registers: 4, heads: 6,
		hidden: 1536, millions: 22.06,
	},
	{
		name: "dinov2_vitg14_reg4", dinov2: true, patch: 14, pixels: 518, width: 1536, depth: 40, registers: 4,
		heads:  24,
		hidden: 4096, millions: 1136.48,
	},
}

// TestReleasedArchitectures infers the networks of published weights from files of their names and
// shapes.
func TestReleasedArchitectures(t *testing.T) {
	for _, r := range released {
		theirs := vit.Custom(r.pixels, r.patch, r.width, r.depth, r.heads)
		theirs.MLPRatio, theirs.RegTokens = float64(r.hidden)/float64(r.width), r.registers
		wantLayout := layout.Timm
		if r.dinov2 {
			wantLayout, theirs.LayerScale, theirs.SwiGLU = layout.DINOv2, 1e-5, r.hidden != 4*r.width
		}
		shapes := theirs.Shapes()
		if r.dinov2 {
			shapes["mask_token"] = []int{1, r.width}
			shapes["pos_embed"] = []int{1, 1 + (r.pixels/r.patch)*(r.pixels/r.patch), r.width}
		}
		if r.registers > 0 {
			shapes["register_tokens"] = shapes["reg_token"]
			delete(shapes, "reg_token")
		}
		d, err := layout.Describe(sparse(t, shapes), layout.Options{})
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		c, parameters := d.Network.(vit.Config), 0
		for _, u := range d.Report.Used {
			n := 1
			for _, size := range u.Shape {
				n *= size
			}
			parameters += n
		}
		if d.Layout != wantLayout || c.NumHeads != r.heads || c.MLPHidden() != r.hidden || c.Depth != r.depth ||
			c.RegTokens != r.registers || c.ImageSize != [2]int{r.pixels, r.pixels} ||
			len(d.Notes) > 2 {
			t.Errorf("%s: layout %s, network %+v, notes %q", r.name, d.Layout, c, d.Notes)
		}
		if math.Abs(float64(parameters)/1e6-r.millions) > 0.0051 ||
			(r.millions < 22 && float64(parameters) != math.Round(r.millions*1e6)) {
			t.Errorf("%s has %d parameters, want %g million", r.name, parameters, r.millions)
		}
	}
}
