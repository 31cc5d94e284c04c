package pretrain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// prepared is a run that is ready to train.
type prepared struct {
	trainer.Config
	c     config.Config
	dir   *rundir.Dir
	data  *images
	step  int           // steps done already
	saved *weights.File // the checkpoint of that step; nil for a new run
	init  *layout.Model // the weights that a new run starts from; nil for random ones
	best  map[string]float64

	planned string // what the run takes of memory, for a person

	opened []io.Closer
}

// prepare opens the engine, builds the model and finds the newest checkpoint, if there is one; it
// writes nothing. What it returns has to be closed, also beside an error.
func prepare(printer *progress.Printer, dir *rundir.Dir, c config.Config, data *images,
	layoutOfInit string,
) (*prepared, error) {
	r := &prepared{c: c, dir: dir, data: data, best: map[string]float64{}}
	r.Progress = printer
	var err error
	if r.Plan, err = c.Plan(len(data.train)); err != nil {
		return r, usage.Wrap(err)
	}
	if r.Backend, err = openEngine(c.Backend); err != nil {
		return r, usage.Wrap(err)
	}
	if r.Model, err = distill.New(c.Method()); err != nil {
		return r, usage.Wrap(err)
	}
	r.Store, r.Optimizer, r.Seed = model.NewStore(), c.Train.Optimizer, c.Seed
	r.Epochs, r.StepsPerEpoch = c.Train.Epochs, c.StepsPerEpoch(len(data.train))
	r.Batch, r.Accumulate, r.Global = c.Train.BatchSize, c.Train.Accumulate, c.Augment.GlobalCrops.Number
	r.ScoreEvery, r.BadImages, r.NewLoader = c.KNN.EveryEpochs, dir.AddBadImages, r.newLoader
	if err := r.checkpoints(); err != nil {
		return r, err
	}
	if err := r.find(); err != nil {
		return r, err
	}
	if err := data.scorable(c.KNN.MaxBank); err != nil {
		return r, usage.Wrap(err)
	}
	return r, r.openInit(layoutOfInit)
}

// begin initialises the model, restores the checkpoint or measures the baselines of a new run, and
// opens the logs.
func (r *prepared) begin(ctx context.Context) error {
	if r.saved == nil { // what an attempt without a saved state left
		if err := r.dir.ForgetBadImages(); err != nil {
			return err
		}
	}
	side := r.c.Augment.GlobalCrops.Size
	if err := r.Model.Init(r.Backend, r.Store, r.c.Seed, [4]int{1, 3, side, side}); err != nil {
		return err
	}
	if r.saved != nil {
		if err := r.restore(); err != nil {
			return err
		}
	}
	if err := r.startFromInit(); err != nil {
		return err
	}
	if err := r.scoring(ctx); err != nil {
		return err
	}
	return r.openLogs()
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

// find looks for the newest good checkpoint, and verifies that this run can go on from it.
func (r *prepared) find() error {
	if r.dir.Path == "" { // a dry run without a folder
		return nil
	}
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
	r.opened = append(r.opened, loaded.Tensors)
	if err := checkpoint.Compatible(loaded.Parameters, r.Checkpoints.Parameters); err != nil {
		return usage.Wrap(err)
	}
	r.step, r.saved, r.Checkpoints = loaded.Step, loaded.Tensors, r.Checkpoints.At(loaded.Step)
	if loaded.Best != nil {
		r.best = loaded.Best
	}
	return nil
}

// restore goes on from the checkpoint that was found.
func (r *prepared) restore() error {
	defer r.saved.Close() // not at the end of the run: its place on disk is to be free once it is pruned
	if err := trainer.Restore(r.Store, r.Model, r.saved); err != nil {
		return err
	}
	r.Progress.Note("going on from step %d of %d", r.step, r.Epochs*r.StepsPerEpoch)
	return checkpoint.Prune(r.dir.Checkpoints(), r.step, r.c.Checkpoint.Keep)
}

// newLoader starts the batches of a step and later ones.
func (r *prepared) newLoader(ctx context.Context, step int) (*loader.Loader, error) {
	known, err := r.dir.BadImages()
	if err != nil {
		return nil, err
	}
	return r.load(ctx, step, known)
}

// load is newLoader with the images that are known to be bad.
func (r *prepared) load(ctx context.Context, step int, known []loader.BadImage) (*loader.Loader, error) {
	order, err := order.NewSequence(r.Seed, r.data.train, r.Batch)
	if err != nil {
		return nil, err
	}
	crops, err := augment.New(r.c.Augment, r.c.PatchSize())
	if err != nil {
		return nil, err
	}
	known = slices.DeleteFunc(known, func(b loader.BadImage) bool {
		_, trained := slices.BinarySearch(r.data.train, b.Image)
		return !trained
	})
	views, render := loader.Crops(crops, r.Seed)
	return loader.New(ctx, loader.Config{
		Order: order, First: step, Last: r.Epochs * r.StepsPerEpoch, Path: r.data.index.Path, Decode: r.data.decode,
		NewRender: render, Views: views, Workers: r.c.Data.Workers, Prefetch: r.c.Data.Prefetch,
		CacheBytes: int64(r.c.Data.CacheMB) << 20, MaxBadShare: r.c.Data.MaxBadShare, KnownBad: known,
	})
}

func (r *prepared) openLogs() (err error) {
	table := trainer.Measurements(r.Model.Measurements)
	metrics, err := runlog.OpenMetrics(r.dir.Metrics(), table, r.step)
	if err != nil {
		return err
	}
	r.Metrics, r.opened = metrics, append(r.opened, metrics)
	if missing := metrics.Missing(); len(missing) > 0 {
		r.Progress.Note("warning: %s was shortened, changed or removed since it was written: it has no line for the "+
			"steps %s, and the run goes on behind them from step %d",
			r.dir.Metrics(), runlog.Join(missing), r.step)
	}
	if r.Events, err = runlog.OpenEvents(r.dir.Events(), table, r.step, time.Now()); err != nil {
		return err
	}
	r.opened = append(r.opened, r.Events)
	return nil
}

// close closes all files.
func (r *prepared) close() {
	for _, file := range r.opened {
		file.Close()
	}
}
