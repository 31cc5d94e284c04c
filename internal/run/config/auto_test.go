package config

import (
	"testing"
	"time"

	"github.com/dino-go/dino/nets/vit"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sizes is what the auto preset decides.
type sizes struct {
	Global, Local, Patch int
	Width, Depth, Heads  int
	Epochs, Batch        int
	Prototypes           int
	Temperature          float64
	EMA, EMAEnd          float64
}

func minutes(n int) Time { return Time(time.Duration(n) * time.Minute) }

func sizesOf(c Config) sizes {
	v := c.Model.ViT
	return sizes{
		c.Augment.GlobalCrops.Size, c.Augment.LocalCrops.Size, v.PatchSize, v.EmbedDim, v.Depth, v.NumHeads,
		c.Train.Epochs, c.Train.BatchSize, c.Model.NPrototypes, c.Model.TemperatureTeacher, c.Model.EMADecayStart,
		c.Model.EMADecayEnd,
	}
}

func TestAutoSizes(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts Facts
		want  sizes
	}{
		{
			"a few icons on a laptop",
			Facts{Images: 200, ShortSide: 32, Cores: 4},
			sizes{32, 16, 4, 192, 6, 3, 800, 8, 128, 0.02, 0.99, 0.995},
		},
		{
			"ten thousand thumbnails",
			Facts{Images: 10000, ShortSide: 64, Cores: 4},
			sizes{64, 32, 8, 192, 6, 3, 21, 32, 1024, 0.02, 0.99, 0.995},
		},
		{
			"ten thousand thumbnails, five minutes",
			Facts{Images: 10000, ShortSide: 64, Cores: 2, Time: minutes(5)},
			sizes{64, 32, 8, 64, 2, 2, 12, 32, 1024, 0.02, 0.99, 0.995},
		},
		{
			"ten thousand thumbnails, a night",
			Facts{Images: 10000, ShortSide: 64, Cores: 2, Time: minutes(480)},
			sizes{64, 32, 8, 192, 12, 3, 44, 32, 1024, 0.02, 0.99, 0.995},
		},
		{
			"ten thousand photos on a laptop",
			Facts{Images: 10000, ShortSide: 500, Cores: 4},
			sizes{224, 96, 16, 128, 4, 4, 16, 32, 1024, 0.02, 0.99, 0.995},
		},
		{
			"ten thousand photos on a GPU",
			Facts{Images: 10000, ShortSide: 500, Cores: 16, GPU: true},
			sizes{224, 96, 16, 384, 12, 6, 100, 64, 1024, 0.02, 0.99, 0.995},
		},
		{
			"ImageNet on a GPU",
			Facts{Images: 1281167, ShortSide: 375, Cores: 16, GPU: true},
			sizes{224, 96, 16, 384, 12, 6, 84, 64, 65536, 0.07, 0.996, 1},
		},
		{
			"nothing known of the images",
			Facts{Images: 5000, Cores: 1},
			sizes{224, 96, 16, 64, 2, 2, 18, 32, 128, 0.02, 0.99, 0.995},
		},
	} {
		if diff := cmp.Diff(c.want, sizesOf(auto(c.facts))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", c.name, diff)
		}
	}
}

// The published limits of the number of prototypes.
func TestAutoPrototypes(t *testing.T) {
	for images, want := range map[int]int{
		0: 128, 9999: 128, 10000: 1024, 19999: 1024, 20000: 2048, 49999: 2048, 50000: 4096, 99999: 4096, 100000: 16384,
		199999: 16384,
		200000: 32768, 499999: 32768, 500000: 65536,
	} {
		if got := autoPrototypes(images); got != want {
			t.Errorf("%d images: %d prototypes, want %d", images, got, want)
		}
	}
}

// anyFacts draws a folder and a machine.
func anyFacts(t *rapid.T) Facts {
	return Facts{
		Images:    rapid.OneOf(rapid.IntRange(8, 200), rapid.IntRange(8, 5_000_000)).Draw(t, "images"),
		ShortSide: rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(0, 20000)).Draw(t, "short side"),
		Cores:     rapid.IntRange(1, 256).Draw(t, "cores"),
		GPU:       rapid.Bool().Draw(t, "GPU"),
		Time: rapid.SampledFrom([]Time{0, 0, minutes(1), minutes(20), minutes(60), minutes(60 * 24)}).Draw(t,
			"time"),
	}
}

// Whatever the folder and the machine, the preset can be trained as it is, in as many epochs as
// asked for.
func TestAutoAlwaysWorks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := anyFacts(t)
		facts.Epochs = rapid.SampledFrom([]int{0, 0, 1, 2, 9, 31, 1000}).Draw(t, "epochs")
		c, err := Load(Sources{}, facts)
		if err != nil {
			t.Fatal(err)
		}
		if facts.Epochs = 0; c.Train.BatchSize > facts.Images {
			t.Fatalf("a batch of %d is more than there are images", c.Train.BatchSize)
		}
		if _, err := c.Plan(facts.Images); err != nil {
			t.Fatal(err)
		}
		if facts.ShortSide >= 32 && c.Augment.GlobalCrops.Size > facts.ShortSide {
			t.Errorf("global crops of %d pixels are larger than the images", c.Augment.GlobalCrops.Size)
		}
		if c.Augment.LocalCrops.Size >= c.Augment.GlobalCrops.Size {
			t.Errorf("local crops of %d pixels are no smaller than global ones of %d", c.Augment.LocalCrops.Size,
				c.Augment.GlobalCrops.Size)
		}
	})
}

// Epochs that are asked for are taken, and the warm-ups fit into them; nothing else changes.
func TestAutoTakesEpochs(t *testing.T) {
	for _, set := range []string{"train.epochs=1", "train.epochs=3", "train.epochs=40", "train.epochs=500"} {
		c := mustLoad(t, Sources{Set: []string{set}})
		if _, err := c.Plan(small.Images); err != nil {
			t.Errorf("%s: %v", set, err)
		}
		want, got := sizesOf(auto(small)), sizesOf(c)
		want.Epochs = got.Epochs
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -without +with:\n%s", set, diff)
		}
	}
}

// More cores never mean a smaller network or fewer epochs; more images never mean fewer prototypes,
// a lower temperature, a slower teacher or a smaller batch.
func TestAutoIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		less := anyFacts(t)
		more := less
		more.Cores += rapid.IntRange(0, 64).Draw(t, "more cores")
		a, b := auto(less), auto(more)
		work := func(c Config) int { return c.Model.ViT.EmbedDim * c.Model.ViT.EmbedDim * c.Model.ViT.Depth }
		if work(a) > work(b) || work(a) == work(b) && a.Train.Epochs > b.Train.Epochs {
			t.Errorf("%d cores: %+v, %d cores: %+v", less.Cores, sizesOf(a), more.Cores, sizesOf(b))
		}
		more = less
		more.Images += rapid.IntRange(0, 1_000_000).Draw(t, "more images")
		x, y := sizesOf(auto(less)), sizesOf(auto(more))
		if x.Prototypes > y.Prototypes || x.Temperature > y.Temperature || x.EMA > y.EMA || x.Batch > y.Batch {
			t.Errorf("%d images: %+v, %d images: %+v", less.Images, x, more.Images, y)
		}
	})
}

// The crops of the auto preset fit the patches of any encoder that is named, whatever the images.
func TestAutoCropsFitANamedEncoder(t *testing.T) {
	for _, side := range []int{20, 32, 48, 64, 96, 224, 500} {
		for _, name := range vit.Names() {
			c, err := Load(Sources{Set: []string{"model.encoder=" + name}},
				Facts{Images: 1000, ShortSide: side, Cores: 4})
			if err != nil {
				t.Errorf("%s for images of %d pixels: %v", name, side, err)
				continue
			}
			patch := c.Model.ViT.PatchSize
			for _, crop := range []int{c.Augment.GlobalCrops.Size, c.Augment.LocalCrops.Size} {
				if crop%patch != 0 || crop < 2*patch {
					t.Errorf("%s for images of %d pixels: crops of %d pixels", name, side, crop)
				}
			}
		}
	}
}
