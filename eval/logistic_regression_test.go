package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

// slowRegression computes the objective in float64 as its definition reads.
func slowRegression(f Features, classes int, l2 float64, x []float64) float64 {
	value := 0.0
	for i := range f.Rows {
		sum, own := 0.0, 0.0
		for c := range classes {
			z := x[classes*f.Cols+c]
			for j, v := range f.Row(i) {
				z += x[c*f.Cols+j] * float64(v)
			}
			sum += math.Exp(z)
			if c == f.Labels[i] {
				own = z
			}
		}
		value += (math.Log(sum) - own) / float64(f.Rows)
	}
	for _, w := range x[:classes*f.Cols] {
		value += l2 / 2 * w * w
	}
	return value
}

func TestRegressionObjective(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(3, 1)), 61, 9, 3, 1)
	o := newRegressionObjective(f, 2)
	o.l2 = 0.3
	x := make([]float64, o.parameters())
	rng := rand.New(rand.NewPCG(3, 2))
	for i := range x {
		x[i] = 0.3 * rng.NormFloat64()
	}
	slope := make([]float64, len(x))
	value, err := o.evaluate(context.Background(), slope, x)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "value", []float64{value}, []float64{slowRegression(f, 3, 0.3, x)}, 1e-5)
	for i := range x {
		moved := append([]float64(nil), x...)
		moved[i] += 1e-5
		up := slowRegression(f, 3, 0.3, moved)
		moved[i] -= 2e-5
		want := (up - slowRegression(f, 3, 0.3, moved)) / 2e-5
		testkit.AllClose(t, "slope", []float64{slope[i]}, []float64{want}, 1e-4)
	}
}

// At the minimum the exact gradient vanishes: no other point is lower.
func TestLogisticRegressionFindsTheMinimum(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(4, 1)), 150, 6, 3, 2) // classes overlap
	r := LogisticRegression{L2: []float64{1e-3, 10, 1e-2}, Iterations: 500, Tolerance: 1e-5}
	scores, err := r.Score(context.Background(), f, f)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		if s.L2 != r.L2[i] || !s.Converged {
			t.Fatalf("score %d: %+v, want a converged one of L2 %v", i, s, r.L2[i])
		}
		var x []float64
		for _, v := range append(append([]float32(nil), s.Classifier.Weight.Data...), s.Classifier.Bias...) {
			x = append(x, float64(v))
		}
		at := slowRegression(f, 3, s.L2, x)
		testkit.AllClose(t, "loss", []float64{s.Loss}, []float64{at}, 1e-5)
		for j := range x {
			moved := append([]float64(nil), x...)
			for _, by := range []float64{-0.02, 0.02} {
				moved[j] = x[j] + by
				if lower := slowRegression(f, 3, s.L2, moved); lower < at-1e-6 {
					t.Errorf("L2 %v: loss %v at the minimum, %v beside it in coordinate %d", s.L2, at, lower, j)
				}
			}
		}
	}
}

func TestLogisticRegressionLearns(t *testing.T) {
	train := clusters(rand.New(rand.NewPCG(1, 7)), 300, 12, 4, 0.8)
	test := clusters(rand.New(rand.NewPCG(2, 7)), 100, 12, 4, 0.8)
	r := DefaultLogisticRegression()
	r.Workers = 1
	scores, err := r.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if best := scores[BestRegression(scores)]; best.Top1 < 95 {
		t.Errorf("the best regression has %+v, want nearly all right", best.Accuracy)
	}
	r.Workers = 6
	six, err := r.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scores, six); diff != "" {
		t.Errorf("6 workers differ from 1:\n%s", diff)
	}
}

func TestLogisticRegressionRejects(t *testing.T) {
	good := clusters(rand.New(rand.NewPCG(1, 11)), 10, 4, 2, 1)
	with := func(change func(*LogisticRegression)) LogisticRegression {
		r := DefaultLogisticRegression()
		change(&r)
		return r
	}
	for _, test := range []struct {
		regression LogisticRegression
		train      Features
		want       string
	}{
		{
			with(func(*LogisticRegression) {}),
			Features{Matrix: good.Matrix, Labels: make([]int, 10)},
			"all 10 training labels are class 0",
		},
		{with(func(r *LogisticRegression) { r.L2 = nil }), good, "no L2 given"},
		{with(func(r *LogisticRegression) { r.L2 = []float64{-1} }), good, "L2 is -1"},
		{with(func(r *LogisticRegression) { r.Iterations = 0 }), good, "0 iterations"},
		{with(func(r *LogisticRegression) { r.Tolerance = 0 }), good, "tolerance is 0"},
	} {
		_, err := test.regression.Score(context.Background(), test.train, good)
		testkit.RequireError(t, err, test.want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DefaultLogisticRegression().Score(ctx, good, good); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
