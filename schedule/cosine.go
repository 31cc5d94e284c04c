package schedule

import "math"

// Cosine is the schedule of the official DINO implementation (cosine_scheduler
// of its utils.py) for learning rate, weight decay and teacher momentum, all
// per iteration.
//
// With W = Warmup and n = Total − W,
//
//	At(i) = Start + (Base − Start)·i/(W − 1)                     i < W
//	At(i) = Final + (Base − Final)·(1 + cos(π·(i − W)/n))/2      W ≤ i < Total
//
// The warm-up includes both its ends, so Base appears at W − 1 and again at W; a
// warm-up of one step is Start alone. Final is approached and never reached.
type Cosine struct {
	Start  float64 // first value of the warm-up
	Base   float64 // value after the warm-up
	Final  float64 // value that the cosine ends towards
	Warmup int     // W, in iterations; 0 for none
	Total  int     // iterations of the run, warm-up included
}

// At returns the value at iteration i.
func (c Cosine) At(i int) float64 {
	if i < c.Warmup {
		return linspace(c.Start, c.Base, c.Warmup, i)
	}
	return halfCosine(c.Base, c.Final, i-c.Warmup, c.Total-c.Warmup)
}

// halfCosine falls (or rises) from base at i = 0 to final at i = n along half a
// period: final + (base − final)·(1 + cos(π·i/n))/2.
func halfCosine(base, final float64, i, n int) float64 {
	return final + 0.5*(base-final)*(1+math.Cos(math.Pi*float64(i)/float64(n)))
}

// linspace returns element i of n values spaced evenly from first to last, both
// included; of a single value, first.
func linspace(first, last float64, n, i int) float64 {
	switch {
	case n == 1:
		return first
	case i == n-1:
		return last
	}
	return first + float64(i)*((last-first)/float64(n-1))
}
