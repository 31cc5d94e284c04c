package config

import (
	"math"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"
)

// Facts are what the auto preset is sized to.
type Facts struct {
	Images    int  // images to train on
	ShortSide int  // median of the images' shorter sides in pixels
	Cores     int  // processor cores
	GPU       bool // the engine computes on a GPU or TPU
	Epochs    int  // asked for; 0 leaves them to the preset
	Time      Time // that the run may take; 0 leaves it to the preset
}

// Budgets are how long the auto preset lets a run take, in seconds: a night on processors, three
// days on a GPU.
const (
	cpuBudget = 8 * 3600
	gpuBudget = 72 * 3600
)

// Sustained speeds that the budget is computed with, in FLOP/s: of one core of the CPU engine and
// of one GPU. They decide about sizes only, so a factor of two does not matter.
const (
	coreSpeed = 40e9
	gpuSpeed  = 40e12
)

// network is one choice of the auto preset.
type network struct {
	embedDim, depth, numHeads int
	images                    int // fewest images that it is trained on
}

// networks is the ladder of the auto preset, largest first: ViT-S, ViT-Ti, and two smaller ones for
// few images and for processors.
var networks = []network{{384, 12, 6, 5000}, {192, 12, 3, 1000}, {192, 6, 3, 200}, {128, 4, 4, 0}}

// auto sizes the official recipe to the data and the machine: the crops to the images, the network
// to what fits the time budget, the number of prototypes, temperature and momentum to the number of
// images (rules that lightly-train publishes for small data).
func auto(f Facts) Config {
	c := paper()
	c.Model.ViT.PosEmbed = vit.PosEmbedTimm
	c.Augment = autoCrops(f.ShortSide)
	c.Train.BatchSize = autoBatch(f.Images)
	c.Train.Epochs = 100
	patch := autoPatch(c.Augment.GlobalCrops.Size)
	chosen := networks[len(networks)-1]
	for _, n := range networks {
		if f.Images >= n.images && seconds(n, patch, c, f) <= f.budget() {
			chosen = n
			break
		}
	}
	c.Model.Encoder = distill.EncoderCustom
	c.Model.ViT = vit.Custom(c.Augment.GlobalCrops.Size, patch, chosen.embedDim, chosen.depth, chosen.numHeads)
	c.Model.ViT.DropPath = 0.1
	c.autoWidth(chosen.embedDim)
	c.autoEpochs(chosen, f)
	c.autoSmallData(f.Images)
	return c
}

// autoEpochs is how long a network is trained: 100 epochs, or as many as fit the time budget, but
// at least 10.
func (c *Config) autoEpochs(n network, f Facts) {
	c.Train.Epochs = 100
	if total, budget := seconds(n, c.Model.ViT.PatchSize, *c, f), f.budget(); total > budget {
		c.Train.Epochs = max(10, int(float64(c.Train.Epochs)*budget/total))
	}
	if f.Epochs > 0 {
		c.Train.Epochs = f.Epochs
	}
}

// budget is how long a run may take, in seconds.
func (f Facts) budget() float64 {
	if f.Time > 0 {
		return time.Duration(f.Time).Seconds()
	}
	if f.GPU {
		return gpuBudget
	}
	return cpuBudget
}

// autoWidth sets what the width of the network decides: the scale of the initial weights, and the
// learning rate. A step of Adam changes what a unit sees in proportion to lr·width, so the rate of
// the official recipe, tuned for ViT-S, grows as the network narrows.
func (c *Config) autoWidth(width int) {
	c.Model.ViT.InitStd = autoInitStd(width)
	c.Train.Schedule.LearningRate.Base = round(5e-4*max(1, 384/float64(width)), 1e5)
}

// autoInitStd keeps what a block adds to a token, which grows with std·√width, at that of ViT-B
// with the references' 0.02. In narrow networks 0.02 leaves the features nearly constant, and
// training falls into uniform collapse.
func autoInitStd(width int) float64 {
	return round(vit.DefaultInitStd*math.Sqrt(max(1, 768/float64(width))), 1000)
}

// autoSmallData sets what the number of images decides. A low teacher temperature and fewer
// prototypes keep small data from uniform collapse; a faster teacher follows within few steps.
func (c *Config) autoSmallData(images int) {
	c.Model.NPrototypes = autoPrototypes(images)
	c.Model.ProjectorHiddenDim = min(2048, 4*c.Model.ViT.EmbedDim)
	// Between 20,000 images and ImageNet's 1.28 million, on a logarithmic scale.
	share := math.Log(float64(max(images, 20000))/20000) / math.Log(1.28e6/20000)
	share = min(share, 1)
	c.Model.TemperatureTeacher = round(0.02+0.05*share, 1000)
	c.Model.TemperatureTeacherWarmup = min(0.04, c.Model.TemperatureTeacher)
	c.Model.WarmupEpochsTemperatureTeacher = min(30, c.Train.Epochs*3/10)
	c.Model.EMADecayStart = round(0.99+0.006*share, 10000)
	c.Train.Schedule.LearningRate.Warmup = percent(10)
	c.Train.Schedule.FreezeLastLayer = percent(1)
}

// autoPrototypes is the number of prototypes for a number of images.
func autoPrototypes(images int) int {
	for _, rule := range []struct{ below, prototypes int }{
		{20000, 1024},
		{50000, 2048},
		{100000, 4096},
		{200000, 16384},
		{500000, 32768},
	} {
		if images < rule.below {
			return rule.prototypes
		}
	}
	return 65536
}

// autoCrops sizes the official crops to images of a shorter side: global crops no larger than the
// images, at most 224, local ones in the official proportion of 96 to 224, and the blur with them.
func autoCrops(shortSide int) augment.Config {
	c := augment.Default(augment.Paper)
	size := 224
	if shortSide > 0 && shortSide < 224 {
		size = max(32, shortSide/32*32)
	}
	patch := autoPatch(size)
	c.GlobalCrops.Size = size
	c.LocalCrops.Size = max(2*patch, size*96/224/patch*patch)
	c.LocalCrops.Number = 6
	for _, crops := range []*augment.Crops{&c.GlobalCrops, &c.LocalCrops} {
		crops.Blur.Sigma[1] = round(max(crops.Blur.Sigma[0], 2*float64(size)/224), 100)
	}
	return c
}

// autoPatch gives a global crop at least 8 patches a side where it can.
func autoPatch(size int) int {
	switch {
	case size >= 128:
		return 16
	case size >= 64:
		return 8
	}
	return 4
}

// autoBatch is the batch for a number of images: at least 30 steps an epoch where that is possible.
func autoBatch(images int) int {
	batch := 64
	for batch > 8 && images/batch < 30 {
		batch /= 2
	}
	return batch
}

// seconds estimates how long a run takes: a token costs 2 FLOP a parameter forward and 4 more
// backward.
func seconds(n network, patch int, c Config, f Facts) float64 {
	side := func(crops augment.Crops) float64 { return float64(crops.Size / patch) }
	global := float64(c.Augment.GlobalCrops.Number) * (side(c.Augment.GlobalCrops)*side(c.Augment.GlobalCrops) + 1)
	local := float64(c.Augment.LocalCrops.Number) * (side(c.Augment.LocalCrops)*side(c.Augment.LocalCrops) + 1)
	parameters := 12 * float64(n.embedDim*n.embedDim) * float64(n.depth)
	flops := parameters * 2 * (global + 3*(global+local)) // teacher forward, student forward and backward
	speed := coreSpeed * float64(max(f.Cores, 1))
	if f.GPU {
		speed = gpuSpeed
	}
	return flops * float64(f.Images) * float64(c.Train.Epochs) / speed
}

// round rounds to multiples of 1/parts.
func round(x, parts float64) float64 { return math.Round(x*parts) / parts }
