package config

// Suited are values of options that suit a number of images and the width of a network: those of
// the preset auto.
type Suited struct {
	Prototypes         int
	BatchSize          int
	LearningRate       float64 // itself, not the base of one that is scaled by the batch
	InitStd            float64 // of a transformer
	TemperatureTeacher float64
	EMADecayStart      float64
}

// SuitedTo returns the values for images to train on and a network of a width.
func SuitedTo(images, width int) Suited {
	c := paper()
	c.Model.ViT.EmbedDim = width
	c.autoWidth(width)
	c.autoSmallData(images)
	return Suited{
		Prototypes: c.Model.NPrototypes, BatchSize: min(autoBatch(Facts{Images: images}), max(images, 1)),
		LearningRate: c.Train.Schedule.LearningRate.Base, InitStd: c.Model.ViT.InitStd,
		TemperatureTeacher: c.Model.TemperatureTeacher, EMADecayStart: c.Model.EMADecayStart,
	}
}
