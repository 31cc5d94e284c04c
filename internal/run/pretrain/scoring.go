package pretrain

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/warmstart"
	"github.com/dino-go/dino/observe"
)

// evaluationBatch is how many images the evaluations take at once.
const evaluationBatch = 64

// The baselines are measured on a sample of at most so many images that vote, and so many that are
// classified: a number that is read beside others may cost a minute, and not an hour.
const (
	baselineBank    = 4000
	baselineQueries = 500
)

// extractor returns the features of images.
type extractor func(ctx context.Context, s features.Source, images []int) (eval.Features, error)

// featured are features with the images that they are of, row by row.
type featured struct {
	eval.Features
	images []int
}

// of extracts features, and says which images they are of: those that can be decoded.
func (e extractor) of(ctx context.Context, s features.Source, images []int) (f featured, err error) {
	s.Kept = func(kept []int) { f.images = append(f.images, kept...) }
	f.Features, err = e(ctx, s, images)
	return f, err
}

// scoring is the k-NN score of a run and the baselines that it is read beside.
type scoring struct {
	*inputs
	told     observe.Observer
	mapping  *mapping
	bank     []int // training images that vote
	teacher  *features.Teacher
	perImage float64 // seconds that the network took for an image; 0 before that is measured

	followed []int // images whose nearest neighbours in the bank are kept of each score
	near     nearby
}

// newScoring prepares the score of the network in a store; nil where no image is held out.
func (in *inputs) newScoring(store *model.Store, told observe.Observer) (*scoring, error) {
	if len(in.data.held) == 0 {
		return nil, nil
	}
	teacher, err := features.NewTeacher(in.engine, store, in.model, in.preprocessing())
	if err != nil {
		return nil, err
	}
	bank := in.data.index.Stratified(in.data.train, in.config.KNN.MaxBank)
	return &scoring{inputs: in, told: told, bank: bank, teacher: teacher}, nil
}

// score is the k-NN accuracy of the teacher as it is now, in percent.
func (s *scoring) score(ctx context.Context) (float64, error) {
	bank, queries, err := s.extract(ctx, s.bank, s.data.held, "the network", s.teacher.Extract)
	if err != nil {
		return 0, err
	}
	if s.mapping != nil {
		s.mapping.found = s.mapping.gather(bank, queries)
	}
	if s.near = (nearby{}); len(s.followed) > 0 {
		s.near = nearest(ctx, bank, queries, s.followed)
	}
	return s.classify(ctx, bank, queries)
}

// baselines measures what the score is read beside: raw pixels, and the network as it was before
// its first step, which is made anew.
func (s *scoring) baselines(ctx context.Context) (b observe.Baselines, err error) {
	b.Network = s.untrained()
	bank := s.data.index.Stratified(s.bank, baselineBank)
	queries := s.data.index.Stratified(s.data.held, baselineQueries)
	b.Bank, b.Queries = len(bank), len(queries)
	crop := s.config.Augment.GlobalCrops.Size
	_, b.Pixels, err = s.knn(ctx, bank, queries, "raw pixels",
		func(ctx context.Context, from features.Source, images []int) (eval.Features, error) {
			return features.Pixels(ctx, from, images, min(crop, eval.PixelSize))
		})
	if err != nil {
		return b, fmt.Errorf("pretrain: k-NN of raw pixels: %w", err)
	}
	began := s.now()
	b.Untrained = math.NaN()
	var found eval.Matrix
	err = s.beforeTraining(func(t *features.Teacher) (err error) {
		found, b.Untrained, err = s.knn(ctx, bank, queries, "the "+b.Network+" network", t.Extract)
		return err
	}, s.told)
	if err != nil {
		return b, fmt.Errorf("pretrain: k-NN of the %s network: %w", b.Network, err)
	}
	s.perImage = s.now().Sub(began).Seconds() / float64(len(bank)+len(queries))
	return b, s.mapping.add(snapshots.Snapshot{KNN: finite(b.Untrained)}, found)
}

// finite is a number; nil for one that is not finite.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// beforeTraining calls what uses the network as it was before the first step of the run: its
// initial values are drawn, or read, once more. Where they cannot be read any more, since the run
// goes on without the weights that it started from, it says so and calls nothing.
func (in *inputs) beforeTraining(use func(*features.Teacher) error, told observe.Observer) error {
	store, err := in.initialised()
	if err != nil {
		return err
	}
	defer store.Finalize()
	if in.config.Init != "" {
		init, err := openInit(in.config, in.layout)
		if err == nil {
			_, err = warmstart.Load(store, in.model, in.config.Train.Optimizer, init)
			init.Close()
		}
		if err != nil {
			return told.Warning(observe.Warning{Note: observe.Notef("the network that the run started from is not "+
				"measured: %v", err)})
		}
	}
	teacher, err := features.NewTeacher(in.engine, store, in.model, in.preprocessing())
	if err != nil {
		return err
	}
	defer teacher.Close()
	return use(teacher)
}

// initialised is a store with all variables as the seed draws them.
func (in *inputs) initialised() (*model.Store, error) {
	store, side := model.NewStore(), in.config.Augment.GlobalCrops.Size
	return store, in.model.Init(in.engine, store, in.config.Seed, [4]int{1, 3, side, side})
}

// known are the baselines among the scores of a run; ok is false where they are not there.
func (in *inputs) known(best map[string]float64) (b observe.Baselines, ok bool) {
	b = observe.Baselines{
		Network: in.untrained(), Untrained: best[trainer.BestUntrained], Pixels: best[trainer.BestPixels],
		Bank:    min(len(in.data.train), in.config.KNN.MaxBank, baselineBank),
		Queries: min(len(in.data.held), baselineQueries),
	}
	if _, ok := best[trainer.BestUntrained]; !ok {
		b.Untrained = math.NaN()
	}
	_, ok = best[trainer.BestPixels]
	return b, ok
}

// untrained is what the network is called before its first step.
func (in *inputs) untrained() string {
	if in.config.Init != "" {
		return "initial"
	}
	return "untrained"
}

// knn is the accuracy in percent with which the images of bank classify queries, by the features
// of what; and those of these features that are on the map.
func (s *scoring) knn(ctx context.Context, bank, queries []int, what string,
	extract extractor,
) (mapped eval.Matrix, accuracy float64, err error) {
	train, test, err := s.extract(ctx, bank, queries, what, extract)
	if err != nil {
		return mapped, 0, err
	}
	accuracy, err = s.classify(ctx, train, test)
	return s.mapping.gather(train, test), accuracy, err
}

// extract extracts the features of images that vote and of others that are classified.
func (s *scoring) extract(ctx context.Context, bank, queries []int, what string,
	extract extractor,
) (train, test featured, err error) {
	source := s.mapping.watched(s.source(s.told, len(bank)+len(queries), "images for the k-NN accuracy of "+what))
	if train, err = extract.of(ctx, source, bank); err != nil {
		return train, test, err
	}
	test, err = extract.of(ctx, source, queries)
	return train, test, err
}

// classify is the accuracy in percent.
func (s *scoring) classify(ctx context.Context, train, test featured) (float64, error) {
	classifier := eval.KNN{K: []int{s.config.KNN.K}, Temperature: s.config.KNN.Temperature}
	scores, err := classifier.Score(ctx, train.Features, test.Features)
	if err != nil {
		return 0, err
	}
	return scores[0].Top1(), nil
}

// source is where evaluations take images from, of which they will take so many. The observer hears
// now and then how far they are.
func (in *inputs) source(told observe.Observer, total int, what string) features.Source {
	taken, said := 0, time.Now()
	return features.Source{
		Index: in.data.index, Decode: in.data.decode, Workers: in.config.Data.Workers, Batch: evaluationBatch,
		BadImages: in.dir.AddBadImages,
		Taken: func(images int) error {
			taken += images
			if taken >= total || time.Since(said) < patience { // what comes next says that it is done
				return nil
			}
			said = time.Now()
			return told.Progressed(observe.Progress{Done: taken, Total: total, What: what})
		},
	}
}
