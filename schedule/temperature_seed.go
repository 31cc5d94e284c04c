package schedule

// TemperatureSeed is the teacher temperature of the seed's DINO class. With W =
// Warmup,
//
//	At(i) = First + (i/W)·(Final − First)    i < W
//	At(i) = Final                            i ≥ W
type TemperatureSeed struct {
	First  float64 // temperature at the beginning of the warm-up
	Final  float64 // temperature after it
	Warmup int     // W, in the unit of the index: epochs in the reference
}

// At returns the temperature at index i.
func (t TemperatureSeed) At(i int) float64 {
	if i < t.Warmup {
		return t.First + float64(i)/float64(t.Warmup)*(t.Final-t.First)
	}
	return t.Final
}
