package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"github.com/dino-go/dino/eval/internal/tile"
)

// LogisticRegression fits a linear classifier to frozen features by minimising
//
//	mean over rows of −ln softmax(W·x + b)[label] + L2/2·‖W‖²
//
// with L-BFGS and a line search for the strong Wolfe conditions. Unlike
// [LinearProbe] it has no learning rate: it is what to use for small sets. It
// fits one classifier for every L2.
type LogisticRegression struct {
	L2 []float64
	// Iterations of L-BFGS at most.
	Iterations int
	// Tolerance: it stops when no entry of the gradient is larger.
	Tolerance float64
	Workers   int // goroutines; 0 means one a core
}

// DefaultLogisticRegression tries a range of L2 that suits features whose rows
// have lengths from 1 to about 50.
func DefaultLogisticRegression() LogisticRegression {
	return LogisticRegression{L2: []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1}, Iterations: 1000, Tolerance: 1e-5}
}

// RegressionScore is what one L2 gave.
type RegressionScore struct {
	L2         float64 `json:"l2"`
	Loss       float64 `json:"loss"` // the minimum found, L2 term included
	Iterations int     `json:"iterations"`
	// Converged: the gradient is within the tolerance, or the loss stopped
	// falling. Otherwise the iterations ran out.
	Converged bool `json:"converged"`
	Accuracy
	Classifier LinearClassifier `json:"-"`
}

// BestRegression returns the position of the score with the largest top-1
// accuracy, the first among equals. See [BestProbe] on what it is fair to do.
func BestRegression(scores []RegressionScore) int {
	best := 0
	for i, s := range scores {
		if s.Correct1 > scores[best].Correct1 {
			best = i
		}
	}
	return best
}

// Score fits on train and scores every L2, in the order given, on test. It fails
// on features that are empty, not finite or of different widths, on training
// labels of a single class, and when ctx is done. Memory beyond the features is
// about 250 bytes for every weight of a classifier. The result is the same for
// any number of workers.
func (r LogisticRegression) Score(ctx context.Context, train, test Features) ([]RegressionScore, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if _, err := checkPair(train, test); err != nil {
		return nil, err
	}
	o := newRegressionObjective(ctx, train, r.Workers)
	scores := make([]RegressionScore, len(r.L2))
	order := make([]int, len(r.L2))
	for i := range order {
		order[i] = i
	}
	// From the strongest L2, whose minimum is near zero, on; each starts where
	// the one before ended.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.L2[b], r.L2[a]) })
	x := make([]float64, o.parameters())
	for _, i := range order {
		s, err := r.fit(ctx, o, r.L2[i], x)
		if err != nil {
			return nil, fmt.Errorf("eval: logistic regression: L2 %v: %w", r.L2[i], err)
		}
		if s.Accuracy, err = s.Classifier.Score(ctx, test, r.Workers); err != nil {
			return nil, err
		}
		scores[i] = s
	}
	return scores, nil
}

// fit minimises from x on, and leaves the minimum there.
func (r LogisticRegression) fit(ctx context.Context, o *regressionObjective, l2 float64, x []float64) (RegressionScore, error) {
	o.l2, o.at = l2, nil
	settings := &optimize.Settings{
		GradientThreshold: r.Tolerance,
		MajorIterations:   r.Iterations,
		// float32 products carry the loss to about seven digits.
		Converger: &optimize.FunctionConverge{Absolute: 1e-8, Relative: 1e-7, Iterations: 10},
	}
	method := &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}, Store: 10}
	result, err := optimize.Minimize(optimize.Problem{Func: o.loss, Grad: o.gradient}, x, settings, method)
	if ctx.Err() != nil {
		return RegressionScore{}, ctx.Err()
	}
	if result == nil {
		return RegressionScore{}, err
	}
	// A line search that finds nothing lower has come as far as rounding allows.
	copy(x, result.X)
	s := RegressionScore{L2: l2, Loss: result.F, Iterations: result.MajorIterations, Classifier: o.classifier(x)}
	s.Converged = result.Status != optimize.IterationLimit
	return s, nil
}

func (r LogisticRegression) check() error {
	if len(r.L2) == 0 {
		return fmt.Errorf("eval: logistic regression: no L2 given: 1e-4 is a start")
	}
	for _, l2 := range r.L2 {
		if !(l2 >= 0) || math.IsInf(l2, 0) {
			return fmt.Errorf("eval: logistic regression: L2 is %v: must not be negative", l2)
		}
	}
	if r.Iterations < 1 {
		return fmt.Errorf("eval: logistic regression: %d iterations: must be at least 1; 1000 is usual", r.Iterations)
	}
	if !(r.Tolerance > 0) {
		return fmt.Errorf("eval: logistic regression: tolerance is %v: must be positive; 1e-5 is usual", r.Tolerance)
	}
	return nil
}

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
	ctx     context.Context // of the call that the objective was made for
	train   Features
	classes int
	workers int
	l2      float64

	at     []float64 // where value and slope were computed last
	value  float64
	slope  []float64
	shards [regressionShards]shardSum
}

// shardSum is the loss and gradient of some rows, summed.
type shardSum struct {
	loss     float64
	gradient []float64
}

func newRegressionObjective(ctx context.Context, train Features, workers int) *regressionObjective {
	o := &regressionObjective{ctx: ctx, train: train, workers: workers, classes: slices.Max(train.Labels) + 1}
	o.slope = make([]float64, o.parameters())
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

func (o *regressionObjective) loss(x []float64) float64 {
	o.evaluate(x)
	return o.value
}

func (o *regressionObjective) gradient(slope, x []float64) {
	o.evaluate(x)
	copy(slope, o.slope)
}

// evaluate computes value and slope at x, unless it just did. When the context
// is done the value is infinite, which ends the search.
func (o *regressionObjective) evaluate(x []float64) {
	if slices.Equal(o.at, x) {
		return
	}
	l := o.classifier(x)
	err := parallel(o.ctx, o.workers, regressionShards, func() func(int) {
		batch := newFeatureBatch(regressionBatch, o.train.Cols)
		scratch := newLogitScratch(o.classes, regressionBatch, o.train.Cols)
		return func(shard int) { o.sum(shard, l, batch, scratch) }
	})
	if err != nil {
		o.value = math.Inf(1)
		return
	}
	o.at = append(o.at[:0], x...)
	o.value = 0
	clear(o.slope)
	for _, s := range o.shards {
		o.value += s.loss / float64(o.train.Rows)
		for i, g := range s.gradient {
			o.slope[i] += g / float64(o.train.Rows)
		}
	}
	for i, w := range x[:o.classes*o.train.Cols] {
		o.value += o.l2 / 2 * w * w
		o.slope[i] += o.l2 * w
	}
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
