package main

import (
	"math"
	"testing"
)

func TestFits(t *testing.T) {
	for _, f := range []struct {
		name   string
		p      []float64
		f      func(x, p float64) (got, want float64)
		arg    func(x float64) float64
		lo, hi float64
	}{
		{
			"exp", expTail, func(x, p float64) (float64, float64) { return 1 + x + x*x*p, math.Exp(x) },
			func(x float64) float64 { return x }, -math.Ln2 / 2, math.Ln2 / 2,
		},
		{
			"log", logTail, func(x, p float64) (float64, float64) { return x - x*x/2 + x*x*x*p, math.Log1p(x) },
			func(x float64) float64 { return x }, -0.25, 0.5,
		},
		{
			"tanh", tanhTail, func(x, p float64) (float64, float64) { return x + x*x*x*p, math.Tanh(x) },
			func(x float64) float64 { return x * x }, 0, tanhSmall,
		},
		{
			"erf", erfSmall, func(x, p float64) (float64, float64) { return x * p, math.Erf(x) },
			func(x float64) float64 { return x * x }, 0, 1,
		},
	} {
		worst := 0.0
		for i := 1; i < 5000; i++ {
			x := f.lo + (f.hi-f.lo)*float64(i)/5000
			got, want := f.f(x, evaluate(f.p, f.arg(x)))
			worst = max(worst, math.Abs(got-want)/math.Abs(want))
		}
		t.Logf("%s: relative error %.2g of 2⁻²⁴", f.name, worst*(1<<24))
		if worst > 0.35/(1<<24) {
			t.Errorf("%s: relative error %.2g, more than a third of half a unit in the last place of a float32", f.name,
				worst)
		}
	}
}

func TestMills(t *testing.T) {
	worst, relative := 0.0, 0.0
	for i := range 6001 {
		a := float64(i) / 1000
		e := math.Abs(evaluate(mills, a-millsCenter) - millsRatio(a))
		worst = max(worst, e*(1+a)*math.Exp(-a*a/2))
		relative = max(relative, e/millsRatio(a))
	}
	t.Logf("error %.2g of 2⁻²⁴, relative %.2g", worst*(1<<24), relative)
	if worst > 0.35/(1<<24) || relative > 1e-3 {
		t.Errorf("error %g, relative %g", worst, relative)
	}
}
