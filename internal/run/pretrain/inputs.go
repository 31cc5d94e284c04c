package pretrain

import (
	"context"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/schedule"
	"github.com/dino-go/dino/weights/layout"
)

// inputs are what a run is made from. Nothing of it changes while the run trains.
type inputs struct {
	config  config.Config
	text    []byte // the configuration as YAML
	dir     *rundir.Dir
	data    *images
	plan    *schedule.Plan
	engine  compute.Backend
	model   *distill.Model
	room    room
	layout  string              // of the weights that the run starts from, where it is not recognised
	weights *layout.Description // of these weights, for a new run; nil without
	clock   func() time.Time    // by which the run is measured; nil for the time of day
	graphs  map[graphKey]graphs // that were compiled, by what they depend on
	setName string              // what the user calls a setting
}

// newInputs composes the configuration for the images, opens the engine and builds the model. What
// it returns has to be closed, also beside an error.
func newInputs(ctx context.Context, from *config.Sources, layoutName string, dir *rundir.Dir,
	told observe.Observer,
) (*inputs, error) {
	in := &inputs{dir: dir, layout: layoutName, setName: from.Setting()}
	var err error
	if in.config, in.data, err = resolve(ctx, from, layoutName, dir, told); err != nil {
		if ctx.Err() != nil { // not for something in the options
			return in, err
		}
		return in, usage.Wrap(from.Explain(err))
	}
	if in.engine, err = openEngine(in.config.Backend); err != nil {
		return in, explained(*from, usage.Wrap(err))
	}
	if err := in.build(*from); err != nil {
		return in, err
	}
	sized, err := in.sizeToTime(ctx, from, told)
	if err != nil || !sized {
		return in, err
	}
	return in, in.build(*from)
}

// build makes what the configuration decides: the schedules, the model, and the text that is saved
// with the run.
func (in *inputs) build(from config.Sources) (err error) {
	in.weights = from.Weights
	if in.plan, err = in.config.Plan(len(in.data.train)); err != nil {
		return explained(from, usage.Wrap(err))
	}
	if in.model, err = distill.New(in.config.Method()); err != nil {
		return explained(from, usage.Wrap(err))
	}
	in.text, err = in.config.YAML()
	return err
}

// close ends the engine.
func (in *inputs) close() {
	if in.engine != nil {
		in.engine.Finalize()
	}
}

// resolve lists the images and composes the configuration for them: that of the run in the folder,
// if it has begun, with what the sources change.
func resolve(ctx context.Context, from *config.Sources, layoutName string,
	dir *rundir.Dir, told observe.Observer,
) (c config.Config, data *images, err error) {
	begun, err := dir.Begun()
	if err != nil {
		return c, nil, err
	}
	if begun {
		base, err := config.Read(dir.Config())
		if err != nil {
			return c, nil, err
		}
		from.Base = &base
	}
	if data, err = scan(ctx, *from, told); err != nil {
		return c, nil, err
	}
	if from.Weights, err = describe(data.init, layoutName, from.Base == nil); err != nil {
		return c, nil, err
	}
	facts, err := data.facts()
	if err != nil {
		return c, nil, err
	}
	if c, err = config.Load(*from, facts); err != nil {
		return c, nil, err
	}
	if err := data.measure(ctx, &c, from.Base, told); err != nil {
		return c, nil, err
	}
	return c, data, data.split(c)
}

// steps are those of the whole run.
func (in *inputs) steps() int {
	return in.config.Train.Epochs * in.config.StepsPerEpoch(len(in.data.train))
}

// measurements are what a step of the run is described by.
func (in *inputs) measurements() measure.Table { return trainer.Measurements(in.model.Measurements) }

// preprocessing is what the images of evaluations go through; it travels with the trained backbone.
func (in *inputs) preprocessing() layout.Preprocessing {
	p := layout.ForCrop(in.config.Augment.GlobalCrops.Size, in.config.Augment.Mean, in.config.Augment.Std)
	data := in.config.Data
	p.Range = data.Range.Range
	if data.Background.Set {
		p.Background = data.Background.String()
	}
	if data.Pages == imageio.PageChannels {
		p.Pages = data.Pages
	}
	return p
}

// trainer is the run in numbers, with a configuration that may differ in what its memory depends
// on.
func (in *inputs) trainer(c config.Config) trainer.Config {
	return trainer.Config{
		Seed: c.Seed, Epochs: c.Train.Epochs, StepsPerEpoch: c.StepsPerEpoch(len(in.data.train)),
		Batch: c.Train.BatchSize, Accumulate: c.Train.Accumulate, Global: c.Augment.GlobalCrops.Number,
		ScoreEvery: c.KNN.EveryEpochs, ProbeEvery: in.probeEvery(c),
	}
}

// learner is what learns in a store.
func (in *inputs) learner(m *distill.Model, store *model.Store) trainer.Learner {
	return trainer.Learner{
		Backend: in.engine, Model: m, Store: store, Optimizer: in.config.Train.Optimizer, Plan: in.plan,
	}
}

// parts are what the loop is given.
func (in *inputs) parts(st *state, drawn *pictured, told observe.Observer) trainer.Parts {
	c := in.trainer(in.config)
	c.Checkpoints, c.Before = st.checkpoints, st.before
	c.Checkpoints.Bytes = in.room.state
	p := trainer.Parts{
		Config:  c,
		Learner: in.learner(in.model, st.store),
		Surroundings: trainer.Surroundings{
			NewLoader: in.newLoader, BadImages: in.dir.AddBadImages, Probe: st.probe, Observer: told,
			Expect: func(step time.Duration) trainer.Expected { return in.expect(st.scoring, step) }, Now: in.clock,
		},
	}
	if drawn != nil {
		p.First, p.Draw = drawn.views, drawn.draw
	}
	if s := st.scoring; s != nil {
		var measured bool
		p.Score = s.score
		p.Best = func() error { return in.writeBackbone(in.dir.Best(), st.store) }
		if p.Baselines, measured = in.known(st.best); !measured {
			p.Measure = s.baselines
		}
	}
	return p
}

// newLoader starts the batches of a step and later ones.
func (in *inputs) newLoader(ctx context.Context, step int) (*loader.Loader, error) {
	known, err := in.dir.BadImages()
	if err != nil {
		return nil, err
	}
	return in.load(ctx, step, known)
}

// load is newLoader with the images that are known to be bad.
func (in *inputs) load(ctx context.Context, step int, known []loader.BadImage) (*loader.Loader, error) {
	c := in.config
	order, err := order.NewSequence(c.Seed, in.data.train, c.Train.BatchSize)
	if err != nil {
		return nil, err
	}
	crops, err := augment.New(c.Augment, c.PatchSize())
	if err != nil {
		return nil, err
	}
	known = slices.DeleteFunc(known, func(b loader.BadImage) bool {
		_, trained := slices.BinarySearch(in.data.train, b.Image)
		return !trained
	})
	views, render := loader.Crops(crops, c.Seed)
	return loader.New(ctx, loader.Config{
		Order: order, First: step, Last: in.steps(), Path: in.data.index.Path, Decode: in.data.decode,
		NewRender: render, Views: views, Workers: c.Data.Workers, Prefetch: c.Data.Prefetch,
		Budget: in.data.reading.Budget, CacheBytes: int64(c.Data.CacheMB) << 20, MaxBadShare: c.Data.MaxBadShare,
		KnownBad: known,
	})
}
