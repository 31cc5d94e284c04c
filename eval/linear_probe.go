package eval

import (
	"context"
	"fmt"
	"math"
)

// LinearProbe trains linear classifiers on frozen features as the official DINO
// evaluation does (eval_linear.py): cross-entropy, SGD with momentum, weights
// drawn from N(0, 0.01), and a learning rate that falls from epoch to epoch along
// a cosine to zero. It trains one classifier for every pair of a learning rate
// and a weight decay, all in the same pass over the same batches: the best
// learning rate differs by orders of magnitude between networks.
//
// The official features are the class tokens of the last 4 blocks (ViT-S) or of
// the last one beside the mean of its patch tokens (ViT-B).
type LinearProbe struct {
	// LearningRates are those of a batch of 256; they are scaled to BatchSize.
	LearningRates []float64
	// WeightDecays are added, times the parameter, to the gradient.
	WeightDecays []float64
	Momentum     float64
	Epochs       int
	BatchSize    int
	Seed         uint64 // of the initial weights and the order of the rows
	Workers      int    // goroutines; 0 means one a core
}

// DefaultLinearProbe has the official settings but for the learning rate, of
// which it tries a range about the official 0.001.
func DefaultLinearProbe() LinearProbe {
	return LinearProbe{
		LearningRates: []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1},
		WeightDecays:  []float64{0, 1e-4},
		Momentum:      0.9,
		Epochs:        100,
		BatchSize:     128,
	}
}

// ProbeScore is what one pair of settings gave after the last epoch.
type ProbeScore struct {
	LearningRate float64 `json:"learning_rate"`
	WeightDecay  float64 `json:"weight_decay"`
	TrainLoss    float64 `json:"train_loss"` // mean over the last epoch
	// Diverged: the loss became infinite or NaN, and the accuracy has no meaning.
	Diverged bool `json:"diverged"`
	Accuracy
	Classifier LinearClassifier `json:"-"`
}

// BestProbe returns the position of the score with the largest top-1 accuracy,
// the first among equals. Choosing on the rows that are
// reported, as the official evaluation does, biases the result upwards a little; score the
// Classifier of the best on other rows to avoid it.
func BestProbe(scores []ProbeScore) int {
	best := 0
	for i, s := range scores {
		if s.Correct1 > scores[best].Correct1 {
			best = i
		}
	}
	return best
}

// EpochFeatures returns the training features of an epoch, counted from 0:
// always the same, or those of newly augmented views. Labels and shape must not
// change between epochs.
type EpochFeatures func(ctx context.Context, epoch int) (Features, error)

// Score trains on cached features and scores every pair of settings on test.
func (p LinearProbe) Score(ctx context.Context, train, test Features) ([]ProbeScore, error) {
	return p.ScoreEpochs(ctx, func(context.Context, int) (Features, error) { return train, nil }, test)
}

// ScoreEpochs trains on features that may differ from epoch to epoch. Scores
// come by learning rate, then weight decay. It fails on features that are
// empty, non-finite or of different widths, on training labels of a single
// class, and when ctx is done. Memory beyond the features is 8 bytes for every
// weight of every classifier. The result is the same for any number of workers.
func (p LinearProbe) ScoreEpochs(ctx context.Context, source EpochFeatures, test Features) ([]ProbeScore, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	var t *probeTraining
	for epoch := range p.Epochs {
		train, err := source(ctx, epoch)
		if err != nil {
			return nil, fmt.Errorf("eval: linear probe: features of epoch %d: %w", epoch, err)
		}
		if _, err := checkPair(train, test); err != nil {
			return nil, err
		}
		if t == nil {
			t = p.newTraining(train)
		}
		if err := t.epoch(ctx, epoch, train); err != nil {
			return nil, fmt.Errorf("eval: linear probe: %w", err)
		}
	}
	return t.scores(ctx, test)
}

func (p LinearProbe) check() error {
	if len(p.LearningRates) == 0 || len(p.WeightDecays) == 0 {
		return fmt.Errorf("eval: linear probe: %d learning rates and %d weight decays: need at least one of each",
			len(p.LearningRates), len(p.WeightDecays))
	}
	for _, rate := range p.LearningRates {
		if !(rate > 0) || math.IsInf(rate, 0) {
			return fmt.Errorf("eval: linear probe: learning rate is %v: must be positive and finite", rate)
		}
	}
	for _, decay := range p.WeightDecays {
		if !(decay >= 0) || math.IsInf(decay, 0) {
			return fmt.Errorf("eval: linear probe: weight decay is %v: must not be negative", decay)
		}
	}
	switch {
	case !(p.Momentum >= 0 && p.Momentum < 1):
		return fmt.Errorf("eval: linear probe: momentum is %v: must be at least 0 and less than 1; 0.9 is usual",
			p.Momentum)
	case p.Epochs < 1:
		return fmt.Errorf("eval: linear probe: %d epochs: must be at least 1; 100 is usual", p.Epochs)
	case p.BatchSize < 1:
		return fmt.Errorf("eval: linear probe: batch size is %d: must be at least 1; 128 is usual", p.BatchSize)
	}
	return nil
}
