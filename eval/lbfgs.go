package eval

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// lbfgs minimises a smooth convex function whose values carry the rounding of
// float32, by the limited-memory BFGS method (Nocedal, "Updating Quasi-Newton
// Matrices with Limited Storage", 1980).
//
// It always ends: an iteration evaluates the function at most mostTrials times,
// and all of them together at most 2·iterations + mostTrials times.
type lbfgs struct {
	// value returns the function at x and writes its gradient. An error, as that
	// of a context that is done, ends the search.
	value func(ctx context.Context, gradient, x []float64) (float64, error)
	// precondition multiplies a vector in place by a positive definite approximation of the
	// inverse Hessian.
	precondition func(v []float64)
	iterations   int
	// tolerance: it stops when no entry of the gradient is larger.
	tolerance float64
}

const (
	// history is the number of curvature pairs that are kept.
	history = 10
	// mostTrials bounds the evaluations of a line search, which usually takes one or two.
	mostTrials = 25
	// relativeRounding of a value: logits are sums of float32 products, and a row's
	// loss changes by about itself times the change of its logits.
	relativeRounding = 1e-6
	// A value has stopped falling when it fell by no more than this, relatively or
	// absolutely, in so many steps.
	relativeFall, absoluteFall = 1e-7, 1e-8
	stepsWithoutFall           = 10
	// The constants c₁ (sufficient decrease) and c₂ (curvature) of the Wolfe conditions.
	leastFall, leastRise = 1e-4, 0.9
)

// minimum is where lbfgs ended.
type minimum struct {
	value                   float64
	iterations, evaluations int
	// converged: the gradient is within the tolerance, or the value stopped
	// falling. Otherwise iterations or evaluations ran out.
	converged bool
}

// descent is the state of a minimisation.
type descent struct {
	l lbfgs
	minimum
	x, gradient, direction []float64
	trial, trialGradient   []float64
	pairs                  []curvature // the newest last
	values                 []float64   // after each of the last steps
}

// curvature is a step and the change of the gradient over it.
type curvature struct {
	step, change []float64
	product      float64 // step·change
	square       float64 // change·P·change, with the preconditioner P
}

// minimize starts at x and leaves the minimum there.
func (l lbfgs) minimize(ctx context.Context, x []float64) (minimum, error) {
	room := func() []float64 { return make([]float64, len(x)) }
	d := &descent{l: l, x: x, gradient: room(), direction: room(), trial: room(), trialGradient: room()}
	var err error
	if d.value, err = d.evaluate(ctx, d.gradient, x); err != nil {
		return minimum{}, err
	}
	if !isFinite(d.value) || !isFinite(largest(d.gradient)) {
		return minimum{value: d.value}, errNotFinite
	}
	for d.iterations < l.iterations && d.left() > 1 {
		if d.converged = largest(d.gradient) <= l.tolerance; d.converged {
			break
		}
		slope := d.aim()
		d.iterations++
		found, err := d.search(ctx, slope)
		if err != nil {
			return minimum{}, err
		}
		switch {
		case found == lower:
			d.converged = d.stoppedFalling()
		case len(d.pairs) > 0: // the curvature pairs gave a bad direction: drop them
			d.pairs = nil
			continue
		default:
			d.converged = found == nothingLower
			return d.minimum, nil
		}
		if d.converged {
			break
		}
	}
	d.converged = d.converged || largest(d.gradient) <= l.tolerance
	return d.minimum, nil
}

// left is the number of evaluations that remain.
func (d *descent) left() int { return 2*d.l.iterations + mostTrials - d.evaluations }

func (d *descent) evaluate(ctx context.Context, gradient, x []float64) (float64, error) {
	d.evaluations++
	return d.l.value(ctx, gradient, x)
}

// aim sets the direction to −H·gradient, with the two-loop recursion for the approximation H of the
// inverse Hessian, and returns the slope along it, which is negative.
func (d *descent) aim() float64 {
	copy(d.direction, d.gradient)
	weights := make([]float64, len(d.pairs))
	for i, p := range slices.Backward(d.pairs) {
		weights[i] = floats.Dot(p.step, d.direction) / p.product
		floats.AddScaled(d.direction, -weights[i], p.change)
	}
	d.l.precondition(d.direction)
	if n := len(d.pairs); n > 0 {
		floats.Scale(d.pairs[n-1].product/d.pairs[n-1].square, d.direction)
	}
	for i, p := range d.pairs {
		floats.AddScaled(d.direction, weights[i]-floats.Dot(p.change, d.direction)/p.product, p.step)
	}
	for i := range d.direction {
		d.direction[i] = -d.direction[i]
	}
	slope := floats.Dot(d.direction, d.gradient)
	if !(slope < 0) && len(d.pairs) > 0 { // not a descent direction, by rounding
		d.pairs = nil
		return d.aim()
	}
	return slope
}

// found is the outcome of a line search.
type found int

const (
	lower        found = iota // a step was taken
	nothingLower              // the steps tried became too short to change the value by more than rounding
	noTrialsLeft
)

// search is a line search: it takes a step along the direction that satisfies the Wolfe conditions.
// Where rounding hides the change of the value, the slope alone decides: the approximate Wolfe
// conditions (Hager & Zhang, "A New Conjugate Gradient Method with Guaranteed Descent and an
// Efficient Line Search", 2005). If rounding leaves no such step, it takes the longest one that
// decreased the value.
func (d *descent) search(ctx context.Context, slope float64) (found, error) {
	rounding := relativeRounding * math.Abs(d.value)
	line := bracket{lowSlope: slope, high: math.Inf(1)}
	for t := 1.0; ; t = line.next(t) {
		narrow := -min(t, line.high-line.low)*slope <= rounding/1000
		last := narrow || line.trials == mostTrials-1 || d.left() == 1
		switch {
		case !last:
		case line.low > 0:
			t = line.low
		case narrow && isFinite(line.highSlope): // not at the edge of the finite values
			return nothingLower, nil
		default:
			return noTrialsLeft, nil
		}
		line.trials++
		copy(d.trial, d.x)
		floats.AddScaled(d.trial, t, d.direction)
		value, err := d.evaluate(ctx, d.trialGradient, d.trial)
		if err != nil {
			return 0, err
		}
		now := floats.Dot(d.direction, d.trialGradient)
		if !isFinite(value) {
			now = math.NaN()
		}
		fell := value <= d.value+leastFall*t*slope || value <= d.value+rounding && now <= (2*leastFall-1)*slope
		switch {
		case !last && (!isFinite(now) || !fell):
			line.high, line.highSlope = t, now
		case !last && now < leastRise*slope:
			line.low, line.lowSlope = t, now
		default:
			d.take(value)
			return lower, nil
		}
	}
}

// bracket is the interval of a line search: a step that is too short, and one that is too long.
type bracket struct {
	low, lowSlope   float64
	high, highSlope float64
	trials          int
}

// next is the step to try after t.
func (b bracket) next(t float64) float64 {
	if math.IsInf(b.high, 1) {
		return 4 * t
	}
	share := 0.1 // high is non-finite, or past the minimum by value alone
	if isFinite(b.highSlope) && b.highSlope > 0 {
		// secant step: the zero of the linearly interpolated slope
		share = min(max(b.lowSlope/(b.lowSlope-b.highSlope), 0.1), 0.9)
	}
	return b.low + share*(b.high-b.low)
}

// take moves to the trial point and adds the curvature pair of the step.
func (d *descent) take(value float64) {
	p := curvature{step: make([]float64, 0, len(d.x)), change: make([]float64, 0, len(d.x))}
	if len(d.pairs) == history { // reuse the memory of the oldest
		p.step, p.change = d.pairs[0].step[:0], d.pairs[0].change[:0]
		d.pairs = slices.Delete(d.pairs, 0, 1)
	}
	for i, v := range d.trial {
		p.step = append(p.step, v-d.x[i])
		p.change = append(p.change, d.trialGradient[i]-d.gradient[i])
	}
	p.product = floats.Dot(p.step, p.change)
	conditioned := d.direction // scratch: the next aim overwrites it
	copy(conditioned, p.change)
	d.l.precondition(conditioned)
	p.square = floats.Dot(p.change, conditioned)
	// Skip a pair whose change of gradient is rounding error.
	if p.product > 1e-12*p.square && p.square > 0 {
		d.pairs = append(d.pairs, p)
	}
	copy(d.x, d.trial)
	copy(d.gradient, d.trialGradient)
	d.value = value
	d.values = append(d.values, value)
}

// stoppedFalling reports a value that the last steps hardly changed.
func (d *descent) stoppedFalling() bool {
	n := len(d.values)
	if n <= stepsWithoutFall {
		return false
	}
	before := d.values[n-1-stepsWithoutFall]
	return before-d.value <= max(absoluteFall, relativeFall*math.Abs(before))
}

// largest returns the largest size of an entry, NaN if one is.
func largest(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
