package config

import (
	"math"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"
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

// Budgets are how long the auto preset lets a run take that names no time, in seconds: an hour on
// processors, three days on a GPU.
const (
	cpuBudget = 3600
	gpuBudget = 72 * 3600
)

// Sustained speeds that the budget is computed with: of the matrix products of one core of the CPU
// engine and of one GPU in FLOP/s, and what the views cost a core beside them, in seconds a pixel.
// They decide about sizes only, so a factor of two does not matter.
const (
	coreSpeed = 60e9
	gpuSpeed  = 40e12
	viewSpeed = 0.2e-6
)

// network is one choice of the auto preset.
type network struct {
	embedDim, depth, numHeads int
	images                    int // fewest images that it is trained on
}

// networks is the ladder of the auto preset, largest first: ViT-S, ViT-Ti, and smaller ones for few
// images and for processors.
var networks = []network{
	{384, 12, 6, 5000},
	{192, 12, 3, 1000},
	{192, 6, 3, 200},
	{128, 4, 4, 0},
	{96, 3, 3, 0},
	{64, 2, 2, 0},
}

// What the auto preset makes of its budget. A network of a width of 128 has to see seenImages
// within it, views of few images or of many, and wider ones in proportion: with fewer a smaller one
// learns as much in less time (docs/learning.md). Beyond mostImages and mostEpochs a run ends
// early, unless a time was asked for.
const (
	seenImages = 110_000
	mostImages = 1_500_000
	mostEpochs = 800
	gpuEpochs  = 100
)

// auto sizes the official recipe to the data and the machine: the crops to the images, the network
// to what sees enough of them in the time, the epochs to the rest of it.
func auto(f Facts) Config {
	c := paper()
	c.Model.ViT.PosEmbed = vit.PosEmbedTimm
	c.Augment = autoCrops(f.ShortSide)
	c.Train.BatchSize = autoBatch(f)
	patch := autoPatch(c.Augment.GlobalCrops.Size)
	chosen := networks[len(networks)-1]
	for _, n := range networks {
		if f.Images >= n.images && f.budget()/seconds(n, patch, c, f) >= seenImages*float64(n.embedDim)/128 {
			chosen = n
			break
		}
	}
	c.Model.Encoder = distill.EncoderCustom
	c.Model.ViT = vit.Custom(c.Augment.GlobalCrops.Size, patch, chosen.embedDim, chosen.depth, chosen.numHeads)
	if chosen.depth >= deep {
		c.Model.ViT.DropPath = 0.1
	} else {
		c.Model.ViT.GlobalPool = vit.PoolAvg
	}
	c.autoWidth(chosen.embedDim)
	c.autoEpochs(chosen, f)
	c.autoSmallData(f.Images)
	return c
}

// deep is the number of blocks from which on a network has blocks to spare, of which the official
// share is left out, and gathers in its class token what the image shows. In shallower ones the
// mean of the patches knows more.
const deep = 12

// autoEpochs is how long a network is trained, and how often it is scored.
func (c *Config) autoEpochs(n network, f Facts) {
	images := float64(max(f.Images, 1))
	c.Train.Epochs = max(1, int(min(f.budget()/seconds(n, c.Model.ViT.PatchSize, *c, f)/images, 1e6)))
	switch {
	case f.Time > 0:
	case f.GPU:
		c.Train.Epochs = min(max(c.Train.Epochs, 10), gpuEpochs)
	default:
		c.Train.Epochs = min(max(c.Train.Epochs, 10), mostEpochs, max(int(mostImages/images), 10))
	}
	if f.Epochs > 0 {
		c.Train.Epochs = f.Epochs
	}
	c.KNN.EveryEpochs = max(1, (c.Train.Epochs+scores-1)/scores)
	steps := c.Train.Epochs * max(c.StepsPerEpoch(f.Images), 1)
	c.Train.Schedule.LearningRate.Warmup = percent(round(min(10, 100*warmupSteps/float64(steps)), 100))
}

// A run is scored so often, and its learning rate rises for so many steps, but at most for a tenth
// of the run.
const (
	scores      = 20
	warmupSteps = 500
)

// budget is how long a run may take, in seconds.
func (f Facts) budget() float64 {
	switch {
	case f.Time > 0:
		return time.Duration(f.Time).Seconds()
	case f.GPU:
		return gpuBudget
	}
	return cpuBudget
}

// autoWidth sets what the width of the network decides: the scale of the initial weights, and the
// learning rate. A step of Adam changes what a unit sees in proportion to lr·width.
func (c *Config) autoWidth(width int) {
	c.Model.ViT.InitStd = autoInitStd(width)
	c.Train.Schedule.LearningRate.Base = autoRate(width)
	c.Train.Schedule.LearningRate.ScaleByBatch = false
}

// autoRate is the learning rate for a width: 0.002 for 64, where it was tried, and 0.00033 for
// ViT-S, about what the official rate for its batch of 1,024 comes to for one of 32 to 64 when it
// shrinks with the square root of the batch, as suits Adam.
func autoRate(width int) float64 { return round(0.128/float64(max(width, 1)), 1e6) }

// autoInitStd keeps what a block adds to a token, which grows with std·√width, at that of ViT-B
// with the references' 0.02. In narrow networks 0.02 leaves the features nearly constant, and
// training falls into uniform collapse.
func autoInitStd(width int) float64 {
	return round(vit.DefaultInitStd*math.Sqrt(max(1, 768/float64(width))), 1000)
}

// autoSmallData sets what the number of images decides: heads of few prototypes, sharp targets from
// the first step, a teacher that follows within few steps, for few images; towards those of the
// official recipe for many.
func (c *Config) autoSmallData(images int) {
	c.Model.NPrototypes = autoPrototypes(images)
	c.Model.ProjectorHiddenDim = min(2048, 4*c.Model.ViT.EmbedDim)
	c.Model.ProjectorBottleneckDim = min(256, max(64, c.Model.ViT.EmbedDim))
	// Between 20,000 images and ImageNet's 1.28 million, on a logarithmic scale.
	share := math.Log(float64(max(images, 20000))/20000) / math.Log(1.28e6/20000)
	share = min(share, 1)
	c.Model.TemperatureTeacher = round(0.02+0.05*share, 1000)
	c.Model.TemperatureTeacherWarmup = min(0.04, c.Model.TemperatureTeacher)
	c.Model.WarmupEpochsTemperatureTeacher = 0
	if c.Model.TemperatureTeacher > c.Model.TemperatureTeacherWarmup {
		c.Model.WarmupEpochsTemperatureTeacher = min(30, c.Train.Epochs*3/10)
	}
	c.Model.EMADecayStart, c.Model.EMADecayEnd = round(0.99+0.006*share, 10000), round(0.995+0.005*share, 10000)
	c.Train.Schedule.WeightDecay = schedule.WeightDecay{Kind: schedule.KindConstant, Start: 0.04}
	c.Train.Schedule.FreezeLastLayer = schedule.Length{}
}

// autoPrototypes is the number of prototypes for a number of images: from 10,000 on as
// lightly-train publishes for small data; for 5,000 images 128 did as well as 512.
func autoPrototypes(images int) int {
	for _, rule := range []struct{ below, prototypes int }{
		{10000, 128},
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

// autoBatch is the batch for a number of images: at least 30 steps an epoch where that is possible.
// On processors it is small, for more steps in the same time.
func autoBatch(f Facts) int {
	batch := 64
	if !f.GPU {
		batch = 32
	}
	for batch > 8 && f.Images/batch < 30 {
		batch /= 2
	}
	return batch
}

// seconds estimates how long an image takes with all its views: a token costs 2 FLOP a parameter
// forward and 4 more backward.
func seconds(n network, patch int, c Config, f Facts) float64 {
	side := func(crops augment.Crops) float64 { return float64(crops.Size / patch) }
	global := float64(c.Augment.GlobalCrops.Number) * (side(c.Augment.GlobalCrops)*side(c.Augment.GlobalCrops) + 1)
	local := float64(c.Augment.LocalCrops.Number) * (side(c.Augment.LocalCrops)*side(c.Augment.LocalCrops) + 1)
	parameters := 12 * float64(n.embedDim*n.embedDim) * float64(n.depth)
	flops := parameters * 2 * (global + 3*(global+local)) // teacher forward, student forward and backward
	if f.GPU {
		return flops / gpuSpeed
	}
	return (flops/coreSpeed + viewSpeed*float64(pixels(c.Augment))) / float64(max(f.Cores, 1))
}

// round rounds to multiples of 1/parts.
func round(x, parts float64) float64 { return math.Round(x*parts) / parts }
