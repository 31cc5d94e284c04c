package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// LogisticRegression fits a linear classifier to frozen features by minimising
//
//	mean over rows of −ln softmax(W·x + b)[label] + L2/2·‖W‖²
//
// with L-BFGS, preconditioned by an upper bound of the Hessian. Unlike [LinearProbe] it has no
// learning rate: it is what to use for small sets. It fits one classifier for every L2. It always
// ends: for each it evaluates the loss at most 2·Iterations + 25 times.
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
	// Evaluations of the loss and its gradient, each a pass over the features.
	Evaluations int `json:"evaluations"`
	// Converged: the gradient is within the tolerance, or the loss stopped
	// falling. Otherwise the iterations or evaluations ran out.
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
// on features that are empty, non-finite or of different widths, on training
// labels of a single class, and when ctx is done. Memory beyond the features is
// about 300 bytes for every weight of a classifier, and 32 for every pair of
// columns. The result is the same for
// any number of workers.
func (r LogisticRegression) Score(ctx context.Context, train, test Features) ([]RegressionScore, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if _, err := checkPair(train, test); err != nil {
		return nil, err
	}
	o := newRegressionObjective(train, r.Workers)
	metric := newRegressionMetric(train, o.classes)
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
		s, err := r.fit(ctx, o, metric, r.L2[i], x)
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

// errNotFinite says that the minimisation cannot begin.
var errNotFinite = errors.New("the loss or its gradient is non-finite: the features are too large for float32; " +
	"divide them by their largest value")

// fit minimises from x on, and leaves the minimum there.
func (r LogisticRegression) fit(ctx context.Context, o *regressionObjective, metric *regressionMetric, l2 float64,
	x []float64,
) (RegressionScore, error) {
	o.l2 = l2
	if !metric.prepare(l2) {
		return RegressionScore{}, errNotFinite
	}
	l := lbfgs{value: o.evaluate, precondition: metric.divide, iterations: r.Iterations, tolerance: r.Tolerance}
	m, err := l.minimize(ctx, x)
	if err != nil {
		return RegressionScore{}, err
	}
	return RegressionScore{
		L2: l2, Loss: m.value, Iterations: m.iterations, Evaluations: m.evaluations, Converged: m.converged,
		Classifier: o.classifier(x),
	}, nil
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
