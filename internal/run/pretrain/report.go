package pretrain

import (
	"context"
	"fmt"
	"math"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// complete tells whether nothing is left to do after a step.
func (in *inputs) complete(step int) bool { return step == in.steps() && in.dir.Complete() }

// start is what the observers hear before the first step.
func (in *inputs) start(step int, best map[string]float64) observe.Start {
	crops := in.config.Augment
	s := observe.Start{
		Folder: in.dir.Path, Data: in.config.Data.Dir,
		Network: describeNetwork(in.config), Parameters: in.room.parameters,
		Global: observe.Crops{Number: crops.GlobalCrops.Number, Size: crops.GlobalCrops.Size},
		Local:  observe.Crops{Number: crops.LocalCrops.Number, Size: crops.LocalCrops.Size},
		Memory: memory.Sum(in.room.needs), MemoryThere: in.room.available,
		Config: string(in.text), Engine: in.engine.Name(), EngineDetails: backend.Describe(in.engine),
		Images: len(in.data.train), HeldOut: len(in.data.held), Classes: len(in.data.index.Classes),
		From: step, Steps: in.steps(), Batch: in.config.Train.BatchSize, Epochs: in.config.Train.Epochs,
		Prototypes: in.config.Model.NPrototypes, Measurements: in.measurements(),
	}
	if len(in.data.held) > 0 {
		if known, ok := in.known(best); ok {
			s.Baselines = &known
		}
		return s
	}
	if s.Unscored = in.data.index.WhyUnlabelled; s.Unscored == "" {
		s.Unscored = "knn.every_epochs is 0"
	}
	return s
}

// describeNetwork says what the network is, for a person.
func describeNetwork(c config.Config) string {
	v := c.Model.ViT
	return fmt.Sprintf("vision transformer of %d blocks of width %d, patches of %d × %d pixels", v.Depth, v.EmbedDim,
		v.PatchSize, v.PatchSize)
}

// finished tells what a complete run came to. knn is the last score, nil where this process has not
// measured it.
func (in *inputs) finished(told observe.Observer, d observe.Done, knn *float64,
	best map[string]float64,
) (observe.Done, error) {
	bad, err := in.dir.BadImages()
	if err != nil {
		return d, err
	}
	d.Folder, d.Data, d.Image = in.dir.Path, in.config.Data.Dir, in.data.index.Path(in.data.train[0])
	d.Teacher, d.BadImages, d.BadImagesList = in.dir.Teacher(), len(bad), in.dir.BadImagesList()
	if highest, ok := best[trainer.BestKNN]; ok {
		last, epoch, err := in.scored(highest)
		if err != nil {
			return d, err
		}
		if knn == nil {
			knn = last
		}
		d.Scores = &observe.Scores{KNN: knn, Best: highest, BestEpoch: epoch}
		d.Scores.Baselines, _ = in.known(best)
		if in.dir.HasBest() {
			d.Scores.BestTeacher = in.dir.Best()
		}
		if in.dir.HasLast() {
			d.LastTeacher = in.dir.TeacherLast()
		}
	}
	return d, told.Done(d)
}

// scored reads the log: the newest k-NN accuracy of the teacher, nil where it has none, and the
// epoch that first had the highest, counted from 1; 0 where it has none.
func (in *inputs) scored(highest float64) (last *float64, epoch int, err error) {
	records, err := runlog.ReadMetrics(in.dir.Metrics(), in.measurements())
	for _, record := range records {
		if !record.Values.Has(trainer.KNN) {
			continue
		}
		knn := record.Values.Of(trainer.KNN)
		if last = &knn; epoch == 0 && knn >= highest {
			epoch = record.Epoch + 1
		}
	}
	return last, epoch, err
}

// rankImages is how many images the rank of a run's features is measured on.
const rankImages = 256

// rank measures in how many directions the features of some images differ, before the first step
// and now: what a run without labels has learned. The run is complete without it: nil where it is
// interrupted, or where it cannot be measured, which a warning says.
func (in *inputs) rank(ctx context.Context, st *state, told observe.Observer) (*observe.Rank, error) {
	images := spread(in.data.train, rankImages)
	r := &observe.Rank{Images: len(images), Network: in.untrained()}
	source := st.mapping.watched(in.source(told, 2*len(images), "images whose features are looked at"))
	source.Batch = min(evaluationBatch, len(images))
	of := func(t *features.Teacher, into *float64, at snapshots.Snapshot) error {
		rows, err := extractor(t.Extract).of(ctx, source, images)
		if err == nil {
			err = st.mapping.add(at, st.mapping.gather(rows))
		}
		if err != nil {
			return err
		}
		score, err := eval.DefaultRankMe().Score(ctx, rows.Matrix)
		*into, r.Width = score.RankMe, rows.Cols
		return err
	}
	trained, err := features.NewTeacher(in.engine, st.store, in.model, in.preprocessing())
	if err != nil {
		return nil, err
	}
	defer trained.Close()
	end := snapshots.Snapshot{Step: in.steps(), Epoch: in.config.Train.Epochs}
	if err = of(trained, &r.After, end); err == nil {
		r.Before = math.NaN()
		err = in.beforeTraining(func(t *features.Teacher) error {
			return of(t, &r.Before, snapshots.Snapshot{})
		}, told)
	}
	if ctx.Err() != nil {
		return nil, nil
	}
	if err != nil {
		return nil, told.Warning(observe.Warning{Note: observe.Notef("the features are not looked at: %v", err)})
	}
	return r, nil
}

// spread are at most n of some images, spread evenly over them.
func spread(images []int, n int) []int {
	n = min(n, len(images))
	some := make([]int, n)
	for i := range some {
		some[i] = images[i*len(images)/n]
	}
	return some
}
