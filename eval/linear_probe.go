package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dino-go/dino/eval/internal/tile"
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
	// Diverged: the loss became infinite, and the accuracy is that of nothing.
	Diverged bool `json:"diverged"`
	Accuracy
	Classifier LinearClassifier `json:"-"`
}

// BestProbe returns the position of the score with the largest top-1 accuracy,
// the first among equals. To choose on the rows that are reported, as the
// official evaluation does, flatters the result a little; score the winner's
// Classifier on other rows to avoid it.
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
// empty, not finite or of different widths, on training labels of a single
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

// probeTraining is the state of training all classifiers.
type probeTraining struct {
	LinearProbe
	rows, cols, classes int
	probes              []*probe
	batch               *featureBatch
}

// probe is one classifier in training.
type probe struct {
	score    ProbeScore
	velocity LinearClassifier // momentum of weights and biases
	loss     float64          // sum over the epoch so far
}

func (p LinearProbe) newTraining(train Features) *probeTraining {
	t := &probeTraining{LinearProbe: p, rows: train.Rows, cols: train.Cols}
	for _, label := range train.Labels {
		t.classes = max(t.classes, label+1)
	}
	t.batch = newFeatureBatch(min(p.BatchSize, t.rows), t.cols)
	for _, rate := range p.LearningRates {
		for _, decay := range p.WeightDecays {
			l := newLinearClassifier(t.classes, t.cols)
			rng := rand.New(rand.NewPCG(p.Seed, 0)) // all start at the same weights
			for i := range l.Weight.Data {
				l.Weight.Data[i] = float32(0.01 * rng.NormFloat64())
			}
			t.probes = append(t.probes, &probe{
				score:    ProbeScore{LearningRate: rate, WeightDecay: decay, Classifier: l},
				velocity: newLinearClassifier(t.classes, t.cols),
			})
		}
	}
	return t
}

// epoch passes once over the rows, in a new order.
func (t *probeTraining) epoch(ctx context.Context, epoch int, train Features) error {
	if train.Rows != t.rows || train.Cols != t.cols {
		return fmt.Errorf("features of epoch %d are [%d, %d], those of epoch 0 [%d, %d]", epoch, train.Rows, train.Cols, t.rows, t.cols)
	}
	for i, label := range train.Labels {
		if label >= t.classes {
			return fmt.Errorf("epoch %d: label of row %d is %d, epoch 0 had %d classes", epoch, i, label, t.classes)
		}
	}
	// Official: lr·batch/256, times (1 + cos(π·epoch/epochs))/2.
	fall := float64(t.BatchSize) / 256 * (1 + math.Cos(math.Pi*float64(epoch)/float64(t.Epochs))) / 2
	order := rand.New(rand.NewPCG(t.Seed, uint64(epoch)+1)).Perm(t.rows)
	for _, p := range t.probes {
		p.loss = 0
	}
	labels := make([]int, 0, t.BatchSize)
	for first := 0; first < t.rows; first += t.BatchSize {
		rows := order[first:min(first+t.BatchSize, t.rows)]
		labels = labels[:0]
		for _, row := range rows {
			labels = append(labels, train.Labels[row])
		}
		t.batch.load(train.Matrix, rows)
		err := parallel(ctx, t.Workers, len(t.probes), func() func(int) {
			scratch := newLogitScratch(t.classes, len(rows), t.cols)
			return func(i int) { t.step(t.probes[i], scratch, labels, fall) }
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step takes one step of gradient descent with the current batch.
func (t *probeTraining) step(p *probe, s *logitScratch, labels []int, fall float64) {
	if p.score.Diverged {
		return
	}
	l, v := p.score.Classifier, p.velocity
	s.forward(t.batch, l)
	loss := crossEntropy(s.logits, t.classes, t.batch.stride(), labels)
	if p.loss += loss; math.IsNaN(p.loss) || math.IsInf(p.loss, 0) {
		p.score.Diverged = true
		return
	}
	update := sgd{rate: float32(p.score.LearningRate * fall), momentum: float32(t.Momentum), decay: float32(p.score.WeightDecay)}
	scale := 1 / float32(len(labels))
	s.backward(t.batch, t.classes, func(g *tile.Block, class, rows, column, columns int) {
		for r := range rows {
			at := (class+r)*t.cols + column
			update.step(l.Weight.Data[at:at+columns], v.Weight.Data[at:at+columns], g[r*tile.Columns:], scale)
		}
	})
	for class := range l.Bias {
		sum := float32(0)
		for _, g := range s.logits[class*t.batch.stride():][:len(labels)] {
			sum += g
		}
		update.step(l.Bias[class:class+1], v.Bias[class:class+1], []float32{sum}, scale)
	}
}

// sgd is stochastic gradient descent as PyTorch defines it.
type sgd struct{ rate, momentum, decay float32 }

// step updates parameters w and their velocity v by the gradient g·scale:
//
//	v ← momentum·v + g·scale + decay·w,  w ← w − rate·v
func (u sgd) step(w, v, g []float32, scale float32) {
	v, g = v[:len(w)], g[:len(w)]
	for i, x := range w {
		v[i] = u.momentum*v[i] + g[i]*scale + u.decay*x
		w[i] = x - u.rate*v[i]
	}
}

// scores classifies the test features with every classifier.
func (t *probeTraining) scores(ctx context.Context, test Features) ([]ProbeScore, error) {
	var scores []ProbeScore
	for _, p := range t.probes {
		s := p.score
		if s.Diverged {
			s.Accuracy = Accuracy{Queries: test.Rows}
			s.Classifier = LinearClassifier{}
		} else {
			s.TrainLoss = p.loss / float64(t.rows)
			var err error
			if s.Accuracy, err = s.Classifier.Score(ctx, test, t.Workers); err != nil {
				return nil, err
			}
		}
		scores = append(scores, s)
	}
	return scores, nil
}

func (p LinearProbe) check() error {
	if len(p.LearningRates) == 0 || len(p.WeightDecays) == 0 {
		return fmt.Errorf("eval: linear probe: %d learning rates and %d weight decays: need at least one of each", len(p.LearningRates), len(p.WeightDecays))
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
		return fmt.Errorf("eval: linear probe: momentum is %v: must be at least 0 and less than 1; 0.9 is usual", p.Momentum)
	case p.Epochs < 1:
		return fmt.Errorf("eval: linear probe: %d epochs: must be at least 1; 100 is usual", p.Epochs)
	case p.BatchSize < 1:
		return fmt.Errorf("eval: linear probe: batch size is %d: must be at least 1; 128 is usual", p.BatchSize)
	}
	return nil
}
