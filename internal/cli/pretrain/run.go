package pretrain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/cli/usage"
	"github.com/dino-go/dino/internal/config"
	"github.com/dino-go/dino/internal/dataset"
	"github.com/dino-go/dino/internal/features"
	"github.com/dino-go/dino/internal/loader"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/rundir"
	"github.com/dino-go/dino/internal/runlog"
	"github.com/dino-go/dino/internal/trainer"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
)

// prepared is a run that is ready to train.
type prepared struct {
	trainer.Config
	c    config.Config
	dir  *rundir.Dir
	data *images
	step int // steps done already
	best map[string]float64
}

// prepare opens the engine, builds the model, restores the newest checkpoint or measures the baselines, and opens the logs.
func prepare(ctx context.Context, printer *progress.Printer, dir *rundir.Dir, c config.Config, data *images) (*prepared, error) {
	r := &prepared{c: c, dir: dir, data: data, best: map[string]float64{}}
	r.Progress = printer
	var err error
	if r.Plan, err = c.Plan(len(data.train)); err != nil {
		return nil, usage.Wrap(err)
	}
	if r.Backend, err = backend.Open(c.Backend); err != nil {
		return nil, usage.Wrap(err)
	}
	if r.Model, err = dino.New(c.Model); err != nil {
		return nil, usage.Wrap(err)
	}
	r.Store, r.Optimizer, r.Seed = model.NewStore(), c.Train.Optimizer, c.Seed
	r.Epochs, r.StepsPerEpoch = c.Train.Epochs, c.StepsPerEpoch(len(data.train))
	r.Batch, r.Accumulate, r.Global = c.Train.BatchSize, c.Train.Accumulate, c.Augment.GlobalCrops.Number
	r.ScoreEvery, r.BadImages, r.NewLoader = c.KNN.EveryEpochs, dir.AddBadImages, r.newLoader
	if err := r.checkpoints(); err != nil {
		return nil, err
	}
	if err := r.restore(); err != nil {
		return nil, err
	}
	side := c.Augment.GlobalCrops.Size
	if err := r.Model.Init(r.Backend, r.Store, c.Seed, [4]int{1, 3, side, side}); err != nil {
		return nil, err
	}
	if err := r.scoring(ctx); err != nil {
		return nil, err
	}
	return r, r.openLogs()
}

// checkpoints describes what is saved, and what may not change when the run goes on.
func (r *prepared) checkpoints() error {
	text, err := r.c.YAML()
	if err != nil {
		return err
	}
	r.Checkpoints = trainer.Checkpoints{
		Dir: r.dir.Checkpoints(), Every: r.c.Checkpoint.EverySteps, Keep: r.c.Checkpoint.Keep,
		Digest: fmt.Sprintf("%x", sha256.Sum256(text)),
	}
	r.Checkpoints.Parameters, err = r.c.Parameters(r.data.index.Digest(), len(r.data.train))
	return err
}

// restore loads the newest good checkpoint, if the folder has one.
func (r *prepared) restore() error {
	loaded, warnings, err := checkpoint.Latest(r.dir.Checkpoints())
	for _, w := range warnings {
		r.Progress.Note("warning: %s", w)
	}
	if errors.Is(err, checkpoint.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer loaded.Tensors.Close()
	if err := checkpoint.Compatible(loaded.Parameters, r.Checkpoints.Parameters); err != nil {
		return usage.Wrap(err)
	}
	if err := trainer.Restore(r.Store, loaded.Tensors); err != nil {
		return err
	}
	r.step, r.Restored, r.Checkpoints = loaded.Step, loaded.Tensors.Names(), r.Checkpoints.At(loaded.Step)
	if loaded.Best != nil {
		r.best = loaded.Best
	}
	r.Progress.Note("going on from step %d of %d", r.step, r.Epochs*r.StepsPerEpoch)
	return checkpoint.Prune(r.dir.Checkpoints(), loaded.Step, r.c.Checkpoint.Keep)
}

// newLoader starts the batches of a step and later ones.
func (r *prepared) newLoader(ctx context.Context, step int) (*loader.Loader, error) {
	order, err := dataset.NewSequence(r.Seed, r.data.train, r.Batch)
	if err != nil {
		return nil, err
	}
	crops, err := augment.New(r.c.Augment, r.c.PatchSize())
	if err != nil {
		return nil, err
	}
	known, err := r.dir.BadImages()
	if err != nil {
		return nil, err
	}
	views, render := loader.Crops(crops, r.Seed)
	return loader.New(ctx, loader.Config{
		Order: order, First: step, Last: r.Epochs * r.StepsPerEpoch, Path: r.data.index.Path, Decode: r.data.decode,
		NewRender: render, Views: views, Workers: r.c.Data.Workers, Prefetch: r.c.Data.Prefetch,
		CacheBytes: int64(r.c.Data.CacheMB) << 20, MaxBadShare: r.c.Data.MaxBadShare, KnownBad: known,
	})
}

// evaluationBatch is how many images the evaluations take at once.
const evaluationBatch = 64

// scoring prepares the k-NN score, and measures the baselines of a new run: the untrained network and raw pixels.
func (r *prepared) scoring(ctx context.Context) error {
	if len(r.data.held) == 0 {
		return nil
	}
	bank := r.data.index.Stratified(r.data.train, r.c.KNN.MaxBank)
	source := features.Source{Index: r.data.index, Decode: r.data.decode, Workers: r.c.Data.Workers, Batch: evaluationBatch}
	crop := r.c.Augment.GlobalCrops.Size
	teacher, err := features.NewTeacher(r.Backend, r.Store, r.Model, features.ForCrop(crop, r.c.Augment.Mean, r.c.Augment.Std))
	if err != nil {
		return err
	}
	score := func(ctx context.Context, extract func(context.Context, []int) (eval.Features, error)) (float64, error) {
		train, err := extract(ctx, bank)
		if err != nil {
			return 0, err
		}
		test, err := extract(ctx, r.data.held)
		if err != nil {
			return 0, err
		}
		knn := eval.KNN{K: []int{r.c.KNN.K}, Temperature: r.c.KNN.Temperature}
		scores, err := knn.Score(ctx, train, test)
		if err != nil {
			return 0, err
		}
		return scores[0].Top1(), nil
	}
	ofTeacher := func(ctx context.Context, images []int) (eval.Features, error) {
		return teacher.Extract(ctx, source, images)
	}
	ofPixels := func(ctx context.Context, images []int) (eval.Features, error) {
		return features.Pixels(ctx, source, images, min(crop, eval.PixelSize))
	}
	r.Score = func(ctx context.Context) (float64, error) { return score(ctx, ofTeacher) }
	if r.step == 0 {
		if r.best[trainer.BestUntrained], err = score(ctx, ofTeacher); err != nil {
			return fmt.Errorf("pretrain: k-NN of the untrained network: %w", err)
		}
		if r.best[trainer.BestPixels], err = score(ctx, ofPixels); err != nil {
			return fmt.Errorf("pretrain: k-NN of raw pixels: %w", err)
		}
	}
	r.Baselines = trainer.Baselines{Untrained: r.best[trainer.BestUntrained], Pixels: r.best[trainer.BestPixels]}
	return nil
}

func (r *prepared) openLogs() (err error) {
	if r.Metrics, err = runlog.OpenMetrics(r.dir.Metrics(), r.step); err != nil {
		return err
	}
	r.Events, err = runlog.OpenEvents(r.dir.Events(), r.step, time.Now())
	return err
}

func (r *prepared) close() {
	r.Metrics.Close()
	r.Events.Close()
}

// finish writes the trained backbone and says how the run ended.
func (r *prepared) finish(result trainer.Result) error {
	tensors, err := variables.Export(r.Store, "/backbone/teacher")
	if err != nil {
		return err
	}
	if err := weights.Write(r.dir.Teacher(), tensors, map[string]string{"format": "pt", "producer": "dino", "encoder": r.c.Model.Encoder}); err != nil {
		return err
	}
	end := map[string]any{"steps": result.Steps, "teacher": r.dir.Teacher()}
	line := fmt.Sprintf("done after %d steps: %s", result.Steps, r.dir.Teacher())
	if knn, ok := r.best[trainer.BestKNN]; ok {
		last := knn
		if result.KNN != nil {
			last = *result.KNN
		}
		end["knn"], end["knn_best"], end["knn_untrained"], end["knn_pixels"] = last, knn, r.Baselines.Untrained, r.Baselines.Pixels
		line = fmt.Sprintf("k-NN accuracy: raw pixels %.1f %%, untrained %.1f %%, trained %.1f %%\n%s", r.Baselines.Pixels, r.Baselines.Untrained, last, line)
	}
	r.Progress.Event("done", end, "%s", line)
	return nil
}

// summary is the run for a program.
func (r *prepared) summary() map[string]any {
	var tree map[string]any
	if text, err := r.c.YAML(); err == nil {
		_ = yaml.Unmarshal(text, &tree) // it was marshalled a line above
	}
	return map[string]any{
		"config": tree, "engine": r.Backend.Name(), "images": len(r.data.train), "held_out": len(r.data.held), "classes": len(r.data.index.Classes),
		"steps": r.Epochs * r.StepsPerEpoch, "from_step": r.step, "knn_untrained": r.Baselines.Untrained, "knn_pixels": r.Baselines.Pixels,
	}
}

// describe is the run for a person.
func (r *prepared) describe() string {
	text := fmt.Sprintf("%d images to train on, %d steps of %d in %d epochs, on %s\nloss %.3f would be a uniform teacher (ln %d)",
		len(r.data.train), r.Epochs*r.StepsPerEpoch, r.Batch, r.Epochs, backend.Describe(r.Backend), math.Log(float64(r.c.Model.NPrototypes)), r.c.Model.NPrototypes)
	if r.Score == nil {
		why := r.data.index.WhyUnlabelled
		if why == "" {
			why = "knn.every_epochs is 0"
		}
		return text + "\nno k-NN score: " + why
	}
	return text + fmt.Sprintf("\n%d images of %d classes held out; k-NN accuracy before training: raw pixels %.1f %%, untrained network %.1f %%",
		len(r.data.held), len(r.data.index.Classes), r.Baselines.Pixels, r.Baselines.Untrained)
}
