package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/dino-go/dino/internal/testkit"
)

// exactRegression is the objective and its gradient in float64 as they read.
func exactRegression(f Features, classes int, l2 float64, gradient, x []float64) float64 {
	value := 0.0
	clear(gradient)
	p := make([]float64, classes)
	for i, label := range f.Labels {
		most, sum := math.Inf(-1), 0.0
		for c := range p {
			p[c] = x[classes*f.Cols+c]
			for j, v := range f.Row(i) {
				p[c] += x[c*f.Cols+j] * float64(v)
			}
			most = max(most, p[c])
		}
		for _, z := range p {
			sum += math.Exp(z - most)
		}
		value += (math.Log(sum) + most - p[label]) / float64(f.Rows)
		for c, z := range p {
			g := math.Exp(z-most) / sum
			if c == label {
				g--
			}
			gradient[classes*f.Cols+c] += g / float64(f.Rows)
			for j, v := range f.Row(i) {
				gradient[c*f.Cols+j] += g * float64(v) / float64(f.Rows)
			}
		}
	}
	for i, w := range x[:classes*f.Cols] {
		value += l2 / 2 * w * w
		gradient[i] += l2 * w
	}
	return value
}

// slowMinimum goes down the gradient with Nesterov's momentum, begun anew where
// it leads upwards, in steps that cannot be too long.
func slowMinimum(f Features, classes int, l2 float64, steps int) (lowest float64, x []float64) {
	n := classes * (f.Cols + 1)
	squares := 1.0 // of the bias
	for _, v := range f.Data {
		squares += float64(v) * float64(v) / float64(f.Rows)
	}
	rate := 1 / (squares/2 + l2)
	x = make([]float64, n)
	ahead, before, gradient := make([]float64, n), make([]float64, n), make([]float64, n)
	momentum := 1.0
	for range steps {
		exactRegression(f, classes, l2, gradient, ahead)
		copy(before, x)
		upwards := 0.0
		for i, g := range gradient {
			x[i] = ahead[i] - rate*g
			upwards += g * (x[i] - before[i])
		}
		next := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		share := (momentum - 1) / next
		if upwards > 0 {
			next, share = 1, 0
		}
		momentum = next
		for i := range x {
			ahead[i] = x[i] + share*(x[i]-before[i])
		}
		if largest(gradient) < 1e-9 {
			break
		}
	}
	return exactRegression(f, classes, l2, gradient, x), x
}

// randomFeatures draws a small set: separable or not, with columns of other
// sizes, constant ones, equal ones and large offsets, disturbed in the last bits.
func randomFeatures(rng *rand.Rand) (f Features, classes int) {
	rows, cols := 2+rng.IntN(30), 1+rng.IntN(14)
	classes = 2 + rng.IntN(3)
	f = Features{Matrix: NewMatrix(rows, cols), Labels: make([]int, rows)}
	apart, noise := 4*rng.Float64(), math.Pow(10, -3*rng.Float64())
	offset := float64(rng.IntN(2)) * 3 * rng.NormFloat64()
	for i := range rows {
		f.Labels[i] = i % classes
		for j := range cols {
			v := offset + noise*rng.NormFloat64()
			if j%classes == f.Labels[i] {
				v += apart
			}
			f.Row(i)[j] = float32(v * (1 + 1e-6*rng.NormFloat64()))
		}
	}
	for j := range cols {
		switch rng.IntN(8) {
		case 0: // constant
			for i := range rows {
				f.Row(i)[j] = 0.5
			}
		case 1: // always zero
			for i := range rows {
				f.Row(i)[j] = 0
			}
		case 2: // the column before, again
			for i := range rows {
				f.Row(i)[j] = f.Row(i)[max(j-1, 0)]
			}
		}
	}
	return f, min(classes, rows)
}

// On any small set the fit ends soon, and as low as a slow, exact descent: for a
// convex function, f(x) − f(y) ≤ gradient(x)·(x − y), of which the first factor is
// within the tolerance.
func TestLogisticRegressionOnRandomSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	r := DefaultLogisticRegression()
	const sets = 200
	most, unfinished := 0, 0
	for set := range sets {
		f, classes := randomFeatures(rng)
		scores, err := r.Score(context.Background(), f, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scores {
			most = max(most, s.Evaluations)
			name := fmt.Sprintf("set %d [%d, %d], %d classes, L2 %g", set, f.Rows, f.Cols, classes, s.L2)
			if s.Evaluations > 2*r.Iterations+mostTrials {
				t.Errorf("%s: %d evaluations in %d iterations", name, s.Evaluations, s.Iterations)
			}
			if !s.Converged {
				unfinished++
				t.Logf("%s: not converged after %d evaluations in %d iterations", name, s.Evaluations, s.Iterations)
			}
			var x []float64
			for _, v := range slices.Concat(s.Classifier.Weight.Data, s.Classifier.Bias) {
				x = append(x, float64(v))
			}
			exact := exactRegression(f, classes, s.L2, make([]float64, len(x)), x)
			rounding := logitRounding(f, s.Classifier)
			if math.Abs(s.Loss-exact) > rounding {
				t.Errorf("%s: the loss is said to be %.8f and is %.8f, ± %.2g allowed", name, s.Loss, exact, rounding)
			}
			if set%40 != 0 || !s.Converged {
				continue // a slow descent takes as long as all else
			}
			lowest, y := slowMinimum(f, classes, s.L2, 4000)
			if bound := r.Tolerance*floats.Distance(x, y, 1) + rounding + 1e-7; exact > lowest+bound {
				t.Errorf("%s: loss %.8f, %.8f by slow descent, %.2g allowed", name, exact, lowest, bound)
			}
		}
	}
	t.Logf("%d evaluations at most", most)
	if unfinished > sets*len(r.L2)/200 {
		t.Errorf("%d of %d fits did not converge", unfinished, sets*len(r.L2))
	}
}

// logitRounding bounds the error of the mean loss that float32 logits, sums of
// Cols products and a bias, and float32 weights make.
func logitRounding(f Features, l LinearClassifier) float64 {
	most := 0.0
	for i := range f.Rows {
		for c, bias := range l.Bias {
			sum := math.Abs(float64(bias))
			for j, v := range f.Row(i) {
				sum += math.Abs(float64(v) * float64(l.Weight.Row(c)[j]))
			}
			most = max(most, sum)
		}
	}
	return 0x1p-23*float64(f.Cols+1)*most + 1e-9
}

// Limits are kept, and the score says that they were met.
func TestLogisticRegressionSaysThatItDidNotConverge(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(4, 1)), 150, 6, 3, 2)
	for _, iterations := range []int{1, 2, 3} {
		scores, err := LogisticRegression{
			L2: []float64{1e-6}, Iterations: iterations,
			Tolerance: 1e-12,
		}.Score(context.Background(), f, f)
		if err != nil {
			t.Fatal(err)
		}
		if s := scores[0]; s.Converged || s.Iterations != iterations || s.Evaluations > 2*iterations+mostTrials {
			t.Errorf("with %d iterations: converged %v after %d iterations and %d evaluations", iterations, s.Converged,
				s.Iterations, s.Evaluations)
		}
	}
}

// No function makes the search go on for ever: not one that is never lower, never
// finite after the start, falls for ever, or whose gradient is of another.
func TestLBFGSAlwaysEnds(t *testing.T) {
	calls := 0
	for name, value := range map[string]func(gradient, x []float64) float64{
		"wrong gradient": func(g, x []float64) float64 { g[0], g[1] = -1, 1; return 1 + x[0]*x[0] + x[1]*x[1] },
		"random": func(g, _ []float64) float64 {
			g[0], g[1] = rand.NormFloat64(), rand.NormFloat64()
			return rand.Float64()
		},
		"falls for ever": func(g, x []float64) float64 { g[0], g[1] = -1, -1; return -x[0] - x[1] },
		"NaN later": func(g, x []float64) float64 {
			g[0], g[1] = 1, 1
			if x[0] != 0 {
				return math.NaN()
			}
			return 1
		},
		"NaN slope later": func(g, x []float64) float64 {
			g[0], g[1] = 1, 1
			if x[0] != 0 {
				g[0] = math.NaN()
			}
			return -x[0]
		},
	} {
		calls = 0
		// What is random may look as if it stopped falling, and a fall of 1 is
		// nothing beside a value of −1e15.
		mayConverge := name == "random" || name == "falls for ever"
		l := lbfgs{
			value:        func(_ context.Context, g, x []float64) (float64, error) { calls++; return value(g, x), nil },
			precondition: func([]float64) {},
			iterations:   40, tolerance: 1e-9,
		}
		m, err := l.minimize(context.Background(), make([]float64, 2))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.converged && !mayConverge || calls > 2*40+mostTrials || m.evaluations != calls {
			t.Errorf("%s: converged %v after %d calls, %d counted", name, m.converged, calls, m.evaluations)
		}
	}
}

// A context that ends during the fit ends it.
func TestLBFGSStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	l := lbfgs{
		value: func(ctx context.Context, g, x []float64) (float64, error) {
			if calls++; calls == 5 {
				cancel()
			}
			g[0] = -1
			return -x[0], ctx.Err()
		},
		precondition: func([]float64) {}, iterations: 1000, tolerance: 1e-9,
	}
	if _, err := l.minimize(ctx, make([]float64, 1)); !errors.Is(err, context.Canceled) || calls != 5 {
		t.Errorf("error = %v after %d calls, want context.Canceled after 5", err, calls)
	}
}

// Features of any size are fitted, or refused with the reason; never NaN.
func TestLogisticRegressionOnHugeFeatures(t *testing.T) {
	for _, size := range []float32{1e-30, 1e-6, 1e6, 1e15, 1e30, 3e38} {
		f := clusters(rand.New(rand.NewPCG(4, 1)), 40, 3, 2, 0.5)
		for i, v := range f.Data {
			f.Data[i] = max(min(v/4, 1), -1) * size
		}
		scores, err := DefaultLogisticRegression().Score(context.Background(), f, f)
		if err != nil {
			testkit.RequireError(t, err, "too large for float32")
			continue
		}
		for _, s := range scores {
			if !isFinite(s.Loss) || s.Loss > math.Ln2+1e-6 {
				t.Errorf("features of size %g, L2 %g: loss %v", size, s.L2, s.Loss)
			}
		}
	}
}
