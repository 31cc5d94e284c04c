package main

import "math"

// The polynomials that the kernels evaluate, fitted when the files are generated. Each has its
// lowest power first.
var (
	// expTail: e^r = 1 + r + r²·p(r) for |r| ≤ ln 2/2.
	expTail = minimax(func(r float64) float64 {
		if math.Abs(r) < 1e-3 {
			return 0.5 + r/6 + r*r/24
		}
		return (math.Expm1(r) - r) / (r * r)
	}, func(r float64) float64 { return r*r + 1e-9 }, -math.Ln2/2, math.Ln2/2, 4)

	// logTail: ln(1 + f) = f − f²/2 + f³·p(f) for −1/4 ≤ f ≤ 1/2.
	logTail = minimax(func(f float64) float64 {
		if math.Abs(f) < 1e-3 {
			return 1.0/3 - f/4 + f*f/5
		}
		return (math.Log1p(f) - f + f*f/2) / (f * f * f)
	}, func(f float64) float64 { return math.Abs(f*f) + 1e-6 }, -0.25, 0.5, 7)

	// tanhTail: tanh x = x + x³·p(x²) for |x| ≤ tanhSmall.
	tanhTail = minimax(func(s float64) float64 {
		if s < 1e-4 {
			return -1.0/3 + 2*s/15 - 17*s*s/315
		}
		x := math.Sqrt(s)
		return (math.Tanh(x) - x) / (s * x)
	}, func(s float64) float64 { return s + 1e-6 }, 0, tanhSmall*tanhSmall, 4)

	// erfSmall: erf x = x·p(x²) for |x| ≤ 1.
	erfSmall = minimax(func(s float64) float64 {
		if s < 1e-8 {
			return 2 / math.SqrtPi * (1 - s/3)
		}
		return math.Erf(math.Sqrt(s)) / math.Sqrt(s)
	}, one, 0, 1, 6)

	// mills: Φ(−a) = e^(−a²/2)·p(a − millsCenter) for 0 ≤ a ≤ 2·millsCenter, with Φ the normal
	// distribution function. p is Mills' ratio over √(2π); its derivatives alternate in sign, so
	// that about the centre nothing cancels where the result is large. The error counts by what is
	// made of it, (1 + a)·Φ(−a), and a little by itself, so that the relative error stays small.
	mills = minimax(func(s float64) float64 { return millsRatio(s + millsCenter) }, func(s float64) float64 {
		a := s + millsCenter
		return (1+a)*math.Exp(-a*a/2) + 1e-3
	}, -millsCenter, millsCenter, 13)
)

const (
	tanhSmall   = 0.625
	millsCenter = 3.0
)

func one(float64) float64 { return 1 }

func millsRatio(a float64) float64 { return math.Erfc(a/math.Sqrt2) / 2 * math.Exp(a*a/2) }
