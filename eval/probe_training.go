package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dino-go/dino/eval/internal/tile"
)

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
		return fmt.Errorf("features of epoch %d are [%d, %d], those of epoch 0 [%d, %d]", epoch, train.Rows, train.Cols,
			t.rows, t.cols)
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
	update := sgd{
		rate: float32(p.score.LearningRate * fall), momentum: float32(t.Momentum),
		decay: float32(p.score.WeightDecay),
	}
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
