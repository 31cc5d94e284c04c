package pretrain

import (
	"context"
	"fmt"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// evaluationBatch is how many images the evaluations take at once.
const evaluationBatch = 64

// extractor returns the features of images.
type extractor func(ctx context.Context, images []int) (eval.Features, error)

// prepareScore prepares the k-NN score, and measures the baselines of a new run: the untrained
// network and raw pixels.
func (in *inputs) prepareScore(ctx context.Context, st *state) error {
	if len(in.data.held) == 0 {
		return nil
	}
	source := features.Source{
		Index: in.data.index, Decode: in.data.decode, Workers: in.config.Data.Workers, Batch: evaluationBatch,
		BadImages: in.dir.AddBadImages,
	}
	crop := in.config.Augment.GlobalCrops.Size
	teacher, err := features.NewTeacher(in.engine, st.store, in.model, in.preprocessing())
	if err != nil {
		return err
	}
	bank := in.data.index.Stratified(in.data.train, in.config.KNN.MaxBank)
	ofTeacher := func(ctx context.Context, images []int) (eval.Features, error) {
		return teacher.Extract(ctx, source, images)
	}
	ofPixels := func(ctx context.Context, images []int) (eval.Features, error) {
		return features.Pixels(ctx, source, images, min(crop, eval.PixelSize))
	}
	st.score = func(ctx context.Context) (float64, error) { return in.knn(ctx, bank, ofTeacher) }
	if st.step == 0 {
		if st.best[trainer.BestUntrained], err = in.knn(ctx, bank, ofTeacher); err != nil {
			return fmt.Errorf("pretrain: k-NN of the %s network: %w", in.untrained(), err)
		}
		if st.best[trainer.BestPixels], err = in.knn(ctx, bank, ofPixels); err != nil {
			return fmt.Errorf("pretrain: k-NN of raw pixels: %w", err)
		}
	}
	st.baselines = in.baselines(st.best)
	return nil
}

// baselines are those among the scores of a run.
func (in *inputs) baselines(best map[string]float64) observe.Baselines {
	return observe.Baselines{
		Network: in.untrained(), Untrained: best[trainer.BestUntrained], Pixels: best[trainer.BestPixels],
	}
}

// untrained is what the network is called before its first step.
func (in *inputs) untrained() string {
	if in.config.Init != "" {
		return "initial"
	}
	return "untrained"
}

// knn is the accuracy in percent with which the images of bank classify those that are held out.
func (in *inputs) knn(ctx context.Context, bank []int, extract extractor) (float64, error) {
	train, err := extract(ctx, bank)
	if err != nil {
		return 0, err
	}
	test, err := extract(ctx, in.data.held)
	if err != nil {
		return 0, err
	}
	classifier := eval.KNN{K: []int{in.config.KNN.K}, Temperature: in.config.KNN.Temperature}
	scores, err := classifier.Score(ctx, train, test)
	if err != nil {
		return 0, err
	}
	return scores[0].Top1(), nil
}
