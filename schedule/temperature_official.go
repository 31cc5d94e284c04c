package schedule

// TemperatureOfficial is the teacher temperature of the official DINOLoss: W =
// Warmup values spaced evenly from First to Final, both included, then Final.
//
//	At(i) = First + (Final − First)·i/(W − 1)    i < W
//	At(i) = Final                                i ≥ W
//
// Final is reached at W − 1, one index before TemperatureSeed reaches it.
type TemperatureOfficial struct {
	First  float64 // temperature at the beginning of the warm-up
	Final  float64 // temperature after it
	Warmup int     // W, in the unit of the index: epochs in the reference
}

// At returns the temperature at index i.
func (t TemperatureOfficial) At(i int) float64 {
	if i < t.Warmup {
		return linspace(t.First, t.Final, t.Warmup, i)
	}
	return t.Final
}
