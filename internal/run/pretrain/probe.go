package pretrain

import (
	"context"
	"math"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/schedule"
)

const (
	probeImages = 64   // of the training set, whose features are followed
	probeShare  = 0.01 // of the computation of the steps, that goes into following them
	probesEpoch = 8    // most looks an epoch
)

// prepareProbe prepares what is measured of the probe images. They are loaded when they are looked
// at.
func (in *inputs) prepareProbe(ctx context.Context, st *state) error {
	teacher, err := features.NewTeacher(in.engine, st.store, in.model, in.preprocessing())
	if err != nil {
		return err
	}
	st.teacher = teacher
	var fixed features.Fixed
	st.look = func() (verdict.Probe, error) {
		onlooker := in.data.newOnlooker(in.probes())
		source := features.Source{
			// bad ones are recorded when they are trained on
			Index: in.data.index, Decode: onlooker.decode, Workers: in.config.Data.Workers, Batch: probeImages,
		}
		var err error
		if fixed, err = features.Fix(ctx, source, in.probes(), in.preprocessing()); err != nil {
			return verdict.Probe{}, err
		}
		if st.seen, err = onlooker.survey(ctx); err != nil {
			return verdict.Probe{}, err
		}
		return probeOf(st.seen), nil
	}
	st.probe = func(ctx context.Context) (measure.Values, error) {
		if len(fixed.Images) < 2 {
			return nil, nil
		}
		rows, err := teacher.Of(fixed)
		if err != nil {
			return nil, err
		}
		return measureProbe(ctx, rows), ctx.Err()
	}
	return nil
}

// measureProbe measures features. What cannot be computed of them, since they are non-finite, is
// left out.
func measureProbe(ctx context.Context, rows eval.Matrix) measure.Values {
	values := measure.Values{}
	if score, err := eval.DefaultRankMe().Score(ctx, rows); err == nil {
		values.Set(trainer.ProbeRankMe, score.RankMe)
	}
	if score, err := eval.DimensionStd(rows); err == nil {
		values.Set(trainer.ProbeStd, score.Mean)
	}
	return values
}

// probes are images of the training set, evenly spread over it.
func (in *inputs) probes() []int { return spread(in.data.train, probeImages) }

// probeEvery is after how many steps the probe images are looked at: a pass of the teacher over
// them may take a hundredth of the computation of so many steps.
func (in *inputs) probeEvery(c config.Config) int {
	pixels := func(size, number int) float64 { return float64(number) * float64(size) * float64(size) }
	crops := c.Augment
	global, local := pixels(crops.GlobalCrops.Size, crops.GlobalCrops.Number), pixels(crops.LocalCrops.Size,
		crops.LocalCrops.Number)
	step := float64(c.Train.BatchSize) * (global + 3*(global+local)) // teacher forward; student forward and backward
	look := pixels(crops.GlobalCrops.Size, min(probeImages, len(in.data.train)))
	return max(int(math.Ceil(look/step/probeShare)), c.StepsPerEpoch(len(in.data.train))/probesEpoch, 1)
}

// facts are what the verdict knows of the run.
func (in *inputs) facts() (verdict.Facts, error) {
	c, images := in.config, len(in.data.train)
	width := c.Model.ViT.EmbedDim
	s, scale := config.SuitedTo(images, width), 1.0
	if c.Train.Schedule.LearningRate.ScaleByBatch {
		scale = float64(c.Train.BatchSize) / schedule.ReferenceBatch
	}
	f := verdict.Facts{
		Images: images, Batch: c.Train.BatchSize, MicroBatch: c.Train.BatchSize / c.Train.Accumulate,
		Views: c.Augment.GlobalCrops.Number,
		Steps: in.steps(), StepsPerEpoch: c.StepsPerEpoch(images), Prototypes: c.Model.NPrototypes, Width: width,
		TemperatureStudent: c.Model.TemperatureStudent, TemperatureTeacher: c.Model.TemperatureTeacher,
		TemperatureWarmup: c.Model.WarmupEpochsTemperatureTeacher * c.StepsPerEpoch(images),
		Centering:         c.Model.Targets == distill.TargetsCentering, CenterMomentum: c.Model.CenterMomentum,
		Rate: c.Train.Schedule.LearningRate.Base,
		Suggested: verdict.Suggested{
			Prototypes: s.Prototypes, Batch: s.BatchSize, Rate: s.LearningRate / scale, InitStd: s.InitStd,
			TemperatureTeacher: s.TemperatureTeacher, Momentum: s.EMADecayStart,
		},
	}
	if !c.Train.Optimizer.HasAdamWRate() {
		f.Suggested.Rate = 0 // that of the preset is AdamW's
	}
	if c.Init == "" {
		f.InitStd = c.Model.ViT.InitStd
	}
	stride, peak := max(1, f.Steps/100_000), 0.0
	for step := 0; step < f.Steps; step += stride {
		v := in.plan.At(step)
		if v.Momentum > 0 && v.Momentum < 1 {
			f.TeacherDrift += float64(stride) * (1 - v.Momentum)
		}
		if v.LR > peak {
			peak, f.RateWarmup = v.LR, step
		}
		if v.FreezeLastLayer {
			f.FrozenLastLayer += stride
		}
	}
	var err error
	f.Options, err = c.Values()
	return f, err
}
