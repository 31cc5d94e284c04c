package pretrain

import (
	"context"
	"fmt"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/trainer"

	"github.com/dino-go/dino/weights/layout"
)

// evaluationBatch is how many images the evaluations take at once.
const evaluationBatch = 64

// extractor returns the features of images.
type extractor func(ctx context.Context, images []int) (eval.Features, error)

// scoring prepares the k-NN score, and measures the baselines of a new run: the untrained network
// and raw pixels.
func (r *prepared) scoring(ctx context.Context) error {
	if len(r.data.held) == 0 {
		return nil
	}
	source := features.Source{
		Index: r.data.index, Decode: r.data.decode, Workers: r.c.Data.Workers, Batch: evaluationBatch,
		BadImages: r.dir.AddBadImages,
	}
	crop := r.c.Augment.GlobalCrops.Size
	teacher, err := features.NewTeacher(r.Backend, r.Store, r.Model, r.preprocessing())
	if err != nil {
		return err
	}
	bank := r.data.index.Stratified(r.data.train, r.c.KNN.MaxBank)
	ofTeacher := func(ctx context.Context, images []int) (eval.Features, error) {
		return teacher.Extract(ctx, source, images)
	}
	ofPixels := func(ctx context.Context, images []int) (eval.Features, error) {
		return features.Pixels(ctx, source, images, min(crop, eval.PixelSize))
	}
	r.Score = func(ctx context.Context) (float64, error) { return r.knn(ctx, bank, ofTeacher) }
	if r.step == 0 {
		if r.best[trainer.BestUntrained], err = r.knn(ctx, bank, ofTeacher); err != nil {
			return fmt.Errorf("pretrain: k-NN of the %s network: %w", r.start(), err)
		}
		if r.best[trainer.BestPixels], err = r.knn(ctx, bank, ofPixels); err != nil {
			return fmt.Errorf("pretrain: k-NN of raw pixels: %w", err)
		}
	}
	r.Baselines = trainer.Baselines{
		Start: r.start(), Untrained: r.best[trainer.BestUntrained],
		Pixels: r.best[trainer.BestPixels],
	}
	return nil
}

// start is what the network is called before its first step.
func (r *prepared) start() string {
	if r.c.Init != "" {
		return "initial"
	}
	return "untrained"
}

// preprocessing is what the images of evaluations go through; it travels with the trained backbone.
func (r *prepared) preprocessing() layout.Preprocessing {
	return layout.ForCrop(r.c.Augment.GlobalCrops.Size, r.c.Augment.Mean, r.c.Augment.Std)
}

// knn is the accuracy in percent with which the images of bank classify those that are held out.
func (r *prepared) knn(ctx context.Context, bank []int, extract extractor) (float64, error) {
	train, err := extract(ctx, bank)
	if err != nil {
		return 0, err
	}
	test, err := extract(ctx, r.data.held)
	if err != nil {
		return 0, err
	}
	classifier := eval.KNN{K: []int{r.c.KNN.K}, Temperature: r.c.KNN.Temperature}
	scores, err := classifier.Score(ctx, train, test)
	if err != nil {
		return 0, err
	}
	return scores[0].Top1(), nil
}
