package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
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
