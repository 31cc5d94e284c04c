package vec

import "math"

// AdamW holds the numbers of one step of the optimizer, shared by all elements of a parameter. The
// assembly knows the order of its fields.
type AdamW struct {
	Beta1, OneMinusBeta1 float32
	Beta2, OneMinusBeta2 float32
	Eps                  float32
	Decay                float32 // factor of w before the step: 1 − learning rate·weight decay
	Rate                 float32 // learning rate/(1 − β₁ᵗ)
	RootCorrection       float32 // 1/√(1 − β₂ᵗ)
	Momentum             float32 // of the EMA
	OneMinusMomentum     float32
}

// Step advances a parameter w, its two moments and its exponential moving average in one pass:
//
//	m = β₁m + (1 − β₁)g;  v = β₂v + (1 − β₂)g²;
//	w = w·Decay − Rate·m/(√v·RootCorrection + Eps);  ema = Momentum·ema + (1 − Momentum)·w.
//
// ema may be nil.
func (a *AdamW) Step(w, m, v, ema, g []float32) {
	equal3("AdamW.Step", len(w), len(m), len(v))
	equal("AdamW.Step", len(w), len(g))
	if ema == nil {
		active.adamW(a, w, m, v, g)
		return
	}
	equal("AdamW.Step", len(w), len(ema))
	active.adamWEMA(a, w, m, v, ema, g)
}

func adamWPortable(a *AdamW, w, m, v, g []float32) {
	for i, d := range g {
		m[i] = a.Beta1*m[i] + a.OneMinusBeta1*d
		v[i] = a.Beta2*v[i] + a.OneMinusBeta2*(d*d)
		w[i] = w[i]*a.Decay - a.Rate*(m[i]/(float32(math.Sqrt(float64(v[i])))*a.RootCorrection+a.Eps))
	}
}

func adamWEMAPortable(a *AdamW, w, m, v, ema, g []float32) {
	adamWPortable(a, w, m, v, g)
	for i := range ema {
		ema[i] = a.Momentum*ema[i] + a.OneMinusMomentum*w[i]
	}
}
