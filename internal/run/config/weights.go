package config

import (
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights/layout"
)

// startFrom takes the network, the head where there is one, and the normalisation of images from
// weights, and fits the crops to the patches. The layers of the configuration are laid over it.
func (c *Config) startFrom(w layout.Description, n named, facts Facts) error {
	if n.encoder != "" && n.encoder != distill.EncoderCustom {
		return invalid("model.encoder",
			"is %q, but the weights of %s bring their network: leave it out, or start without them", n.encoder,
			option.Name("init"))
	}
	trained, err := vit.Of(w.Network)
	if err != nil {
		return invalid("init", "brings a network that model.vit cannot describe: %v", err)
	}
	noise := c.Model.ViT
	c.Model.Encoder, c.Model.ViT = distill.EncoderCustom, trained
	c.Model.ViT.DropPath, c.Model.ViT.Recompute = noise.DropPath, noise.Recompute
	c.Model.ViT.InitStd = vit.DefaultInitStd
	if c.Preset == Auto {
		c.continued(w, facts)
	}
	c.Augment.Mean, c.Augment.Std = w.Preprocessing.Normalization()
	if r := stored.Range(w.Preprocessing.Range); r != (stored.Range{}) {
		c.Data.Range = stored.Given(r)
	}
	if w.Preprocessing.Background != "" {
		_ = c.Data.Background.UnmarshalText([]byte(w.Preprocessing.Background)) // none, if it is no colour
	}
	if w.Preprocessing.Pages != "" {
		c.Data.Pages = w.Preprocessing.Pages
	}
	c.autoPatches(trained.PatchSize)
	if w.Head != nil {
		c.startFromHead(*w.Head, w.Provenance)
	}
	return nil
}

// startFromHead takes a head. Whether the norms of its prototypes were held is said by the official
// code's arguments.
func (c *Config) startFromHead(h layout.Head, provenance map[string]string) {
	h.NormLastLayer = c.Model.NormLastLayer && provenance["args/norm_last_layer"] != "false"
	c.Model = c.Model.WithProjection(h)
}

// autoPatches fits the crops to the patches of a network that was named or that weights bring.
func (c *Config) autoPatches(patch int) {
	c.Augment.GlobalCrops.Size = nearestMultiple(c.Augment.GlobalCrops.Size, patch)
	c.Augment.LocalCrops.Size = nearestMultiple(c.Augment.LocalCrops.Size, patch)
}

// nearestMultiple is the multiple of a patch size nearest to a number of pixels, at least two
// patches.
func nearestMultiple(pixels, patch int) int {
	return max(2, (pixels+patch/2)/patch) * patch
}
