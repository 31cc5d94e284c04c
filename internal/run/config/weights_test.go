package config

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/weights/layout"
)

// weightsOf describes DINOv2's ViT-S/14 with a head of the official kind.
func weightsOf() *layout.Description {
	c := vit.Custom(518, 14, 384, 12, 6)
	c.LayerScale, c.PosEmbed = 1e-5, vit.PosEmbedOfficial
	return &layout.Description{
		Layout: layout.DINOv2, Network: c,
		Preprocessing: layout.ForCrop(224, [3]float64{0.1, 0.2, 0.3}, [3]float64{0.4, 0.5, 0.6}),
		Head: &layout.Head{
			Kind: projection.Official, Hidden: 1024, Bottleneck: 128, Prototypes: 4096, Layers: 2,
			BatchNorm: true,
		},
		Provenance: map[string]string{"args/norm_last_layer": "false"},
	}
}

// Weights to start from bring their network, head and normalisation, and the crops are cut to whole
// patches.
func TestWeightsBringTheirNetwork(t *testing.T) {
	facts := Facts{Images: 3000, ShortSide: 256, Cores: 4}
	for _, preset := range []string{Auto, Seed, Paper} {
		without, err := Load(Sources{
			Preset: preset,
			Set:    []string{"train.epochs=30", "train.batch_size=8", "model.warmup_epochs_temperature_teacher=2"},
		}, facts)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Load(Sources{
			Preset: preset, Weights: weightsOf(),
			Set: []string{"train.epochs=30", "train.batch_size=8", "model.warmup_epochs_temperature_teacher=2"},
		}, facts)
		if err != nil {
			t.Fatalf("%s: %v", preset, err)
		}
		want := weightsOf().Network.(vit.Config)
		want.DropPath, want.InitStd = without.Model.ViT.DropPath, c.Model.ViT.InitStd
		if c.Model.Encoder != distill.EncoderCustom || c.Model.ViT != want {
			t.Errorf("%s: encoder %s, network\n%+v, want\n%+v", preset, c.Model.Encoder, c.Model.ViT, want)
		}
		m := c.Model
		if m.Head != distill.HeadOfficial || m.HeadLayers != 2 || !m.HeadBatchNorm || m.ProjectorHiddenDim != 1024 ||
			m.ProjectorBottleneckDim != 128 || m.NPrototypes != 4096 || m.NormLastLayer {
			t.Errorf("%s: head %+v", preset, m)
		}
		if c.Augment.Mean != [3]float64{0.1, 0.2, 0.3} || c.Augment.Std != [3]float64{0.4, 0.5, 0.6} {
			t.Errorf("%s: normalisation %v, %v", preset, c.Augment.Mean, c.Augment.Std)
		}
		if c.Augment.GlobalCrops.Size != 224 || c.Augment.LocalCrops.Size != 98 {
			t.Errorf("%s: crops of %d and %d, want 224 and 98", preset, c.Augment.GlobalCrops.Size,
				c.Augment.LocalCrops.Size)
		}
		if rate := c.Train.Schedule.LearningRate.Base; preset == Auto && rate >= 1e-4 || preset != Auto &&
			rate != without.Train.Schedule.LearningRate.Base {
			t.Errorf("%s: learning rate %g, without weights %g", preset, rate, without.Train.Schedule.LearningRate.Base)
		}
	}
}

// What the file and the settings say comes after the weights.
func TestSettingsOverrideWeights(t *testing.T) {
	c, err := Load(Sources{
		Weights: weightsOf(),
		Set:     []string{"init=w.pth", "model.n_prototypes=100", "model.vit.num_heads=4", "model.encoder=custom"},
	},
		Facts{Images: 3000, Cores: 4})
	if err != nil || c.Model.NPrototypes != 100 || c.Model.ViT.NumHeads != 4 || c.Init != "w.pth" {
		t.Errorf("%d prototypes, %d heads, init %q, %v", c.Model.NPrototypes, c.Model.ViT.NumHeads, c.Init, err)
	}
	_, err = Load(Sources{Weights: weightsOf(), Set: []string{"model.encoder=vit_tiny_patch16_224"}},
		Facts{Images: 3000, Cores: 4})
	testkit.RequireError(t, err,
		`config: model.encoder is "vit_tiny_patch16_224", but the weights of init bring their network`)
}

func TestNearestMultiple(t *testing.T) {
	for _, test := range []struct{ pixels, patch, want int }{
		{96, 14, 98},
		{224, 14, 224},
		{96, 16, 96},
		{32, 14, 28},
		{20, 14, 28},
		{1, 16, 32},
	} {
		if got := nearestMultiple(test.pixels, test.patch); got != test.want {
			t.Errorf("%d pixels in patches of %d: %d, want %d", test.pixels, test.patch, got, test.want)
		}
	}
}

// model.vit cannot describe a network of another family.
func TestWeightsOfAnotherKind(t *testing.T) {
	w := weightsOf()
	w.Network = convnet.Config{Channels: 3, Dim: 4, Depth: 1}
	_, err := Load(Sources{Preset: Auto, Weights: w}, Facts{Images: 3000, ShortSide: 256, Cores: 4})
	want := "config: init brings a network that model.vit cannot describe: the network is of kind convnet: must " +
		"be of kind vit"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
