package config

import (
	"fmt"
	"time"
)

// Reason is why the preset auto sets an option.
type Reason struct {
	Option string
	Value  any
	Why    string
}

// Reasons explain a configuration of the preset auto by the facts that it was sized to. An option
// that was set otherwise has its value, and what the preset would have taken.
func Reasons(c Config, f Facts) []Reason {
	all, own := reasons(auto(f), f), reasons(c, f)
	for i := range all {
		if all[i].Value != own[i].Value {
			all[i].Why = fmt.Sprintf("as set; the preset would take %v: %s", all[i].Value, all[i].Why)
			all[i].Value = own[i].Value
		}
	}
	return all
}

// reasons are those of what the preset chose.
func reasons(c Config, f Facts) []Reason {
	v := c.Model.ViT
	within := Time(f.budget() * float64(time.Second))
	return []Reason{
		{
			"augment.global_crops.size", c.Augment.GlobalCrops.Size,
			fmt.Sprintf("the median of the shorter sides is %d pixels: crops in steps of 32, no larger than the "+
				"images, at least 32 and at most 224", f.ShortSide),
		},
		{
			"augment.local_crops.size", c.Augment.LocalCrops.Size,
			fmt.Sprintf("in whole patches, at least two of them: half the global crop below %d pixels, else in the "+
				"official proportion of 96 to 224", smallCrop),
		},
		{
			"model.vit.patch_size", v.PatchSize, "so that a global crop has at least 8 patches a side",
		},
		{
			"model.vit", fmt.Sprintf("width %d, %d blocks, %d heads", v.EmbedDim, v.Depth, v.NumHeads),
			fmt.Sprintf("the largest of six networks that %d images suffice for and that sees %d of them within %v on "+
				"this machine; else the smallest: what a network learns comes with the images that it sees",
				f.Images, seenImages*v.EmbedDim/128, within),
		},
		{
			"train.batch_size", c.Train.BatchSize,
			"32 on processors and 64 on a GPU, halved until an epoch has 30 steps, but at least 8: steps count",
		},
		{"train.epochs", c.Train.Epochs, whyEpochs(f, within)},
		{
			"model.n_prototypes", c.Model.NPrototypes,
			fmt.Sprintf("for %d images: 128 below 10000, 1024 below 20000, rising to 65536 from 500000 on; more "+
				"prototypes than the images can fill make a collapse likely", f.Images),
		},
		{
			"model.temperature_teacher", c.Model.TemperatureTeacher,
			"0.02 up to 20000 images, rising to 0.07 at 1.28 million: a sharp teacher keeps small data from uniform " +
				"collapse",
		},
		{
			"model.ema_decay_start", c.Model.EMADecayStart,
			"0.99 up to 20000 images, rising to 0.996: with few steps the teacher has to follow faster",
		},
		{
			"train.schedule.lr.base", c.Train.Schedule.LearningRate.Base,
			fmt.Sprintf("0.002 for a width of 64, in inverse proportion to the width (%d)", v.EmbedDim),
		},
	}
}

// whyEpochs says how the epochs were chosen.
func whyEpochs(f Facts, within Time) string {
	switch {
	case f.Time > 0:
		return fmt.Sprintf("as many as fit %v by the speed of the first steps", within)
	case f.GPU:
		return fmt.Sprintf("%d, or as many as fit about %v, but at least 10", gpuEpochs, within)
	}
	return fmt.Sprintf("as many as fit about %v, but no more than %d images or %d epochs, and at least 10; --time "+
		"says how long", within, mostImages, mostEpochs)
}
