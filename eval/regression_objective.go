package eval

import (
	"context"
	"slices"

	"github.com/dino-go/dino/eval/internal/tile"
)

const (
	// regressionBatch is how many rows a worker handles at a time.
	regressionBatch = 256
	// regressionShards is how many parts the rows are split into. Each has a sum
	// of its own, and the sums are added in order: so the result does not depend
	// on the number of workers.
	regressionShards = 8
)

// regressionObjective is the function that is minimised. Its argument holds the
// weights, [classes, cols], and then the biases, [classes].
type regressionObjective struct {
	train   Features
	classes int
	workers int
	l2      float64
	shards  [regressionShards]shardSum
}

// shardSum is the loss and gradient of some rows, summed.
type shardSum struct {
	loss     float64
	gradient []float64
}

func newRegressionObjective(train Features, workers int) *regressionObjective {
	o := &regressionObjective{train: train, workers: workers, classes: slices.Max(train.Labels) + 1}
	for i := range o.shards {
		o.shards[i].gradient = make([]float64, o.parameters())
	}
	return o
}

func (o *regressionObjective) parameters() int { return o.classes * (o.train.Cols + 1) }

// classifier rounds parameters to a classifier.
func (o *regressionObjective) classifier(x []float64) LinearClassifier {
	l := newLinearClassifier(o.classes, o.train.Cols)
	for i := range l.Weight.Data {
		l.Weight.Data[i] = float32(x[i])
	}
	for i := range l.Bias {
		l.Bias[i] = float32(x[len(l.Weight.Data)+i])
	}
	return l
}

// evaluate returns the loss at x and writes its gradient.
func (o *regressionObjective) evaluate(ctx context.Context, gradient, x []float64) (float64, error) {
	l := o.classifier(x)
	err := parallel(ctx, o.workers, regressionShards, func() func(int) {
		batch := newFeatureBatch(regressionBatch, o.train.Cols)
		scratch := newLogitScratch(o.classes, regressionBatch, o.train.Cols)
		return func(shard int) { o.sum(shard, l, batch, scratch) }
	})
	if err != nil {
		return 0, err
	}
	value := 0.0
	clear(gradient)
	for _, s := range o.shards {
		value += s.loss / float64(o.train.Rows)
		for i, g := range s.gradient {
			gradient[i] += g / float64(o.train.Rows)
		}
	}
	for i, w := range x[:o.classes*o.train.Cols] {
		value += o.l2 / 2 * w * w
		gradient[i] += o.l2 * w
	}
	return value, nil
}

// sum computes the loss and gradient of a shard's rows.
func (o *regressionObjective) sum(shard int, l LinearClassifier, batch *featureBatch, scratch *logitScratch) {
	s := &o.shards[shard]
	s.loss = 0
	clear(s.gradient)
	bias := s.gradient[o.classes*o.train.Cols:]
	first, end := shard*o.train.Rows/regressionShards, (shard+1)*o.train.Rows/regressionShards
	var rows []int
	for ; first < end; first += regressionBatch {
		rows = rows[:0]
		for row := first; row < min(first+regressionBatch, end); row++ {
			rows = append(rows, row)
		}
		batch.load(o.train.Matrix, rows)
		scratch.forward(batch, l)
		s.loss += crossEntropy(scratch.logits, o.classes, batch.stride(), o.train.Labels[first:first+len(rows)])
		scratch.backward(batch, o.classes, func(g *tile.Block, class, rows, column, columns int) {
			for r := range rows {
				sum := s.gradient[(class+r)*o.train.Cols+column:][:columns]
				for c := range sum {
					sum[c] += float64(g[r*tile.Columns+c])
				}
			}
		})
		for class := range bias {
			for _, g := range scratch.logits[class*batch.stride():][:len(rows)] {
				bias[class] += float64(g)
			}
		}
	}
}
