package schedule

// WarmupCosine is the learning rate of the seed's library
// (LinearWarmupCosineAnnealing of stable-pretraining), per optimizer step.
//
// With P = Peak,
//
//	At(i) = Base·(StartFactor + (1 − StartFactor)·i/P)               i < P
//	At(i) = End + (Base − End)·(1 + cos(π·(i − P)/(Total − P)))/2    P ≤ i < Total
//
// The library's defaults are StartFactor 0.01, End 0 and P = max(1, ⌊Total/100⌋).
// Unlike Cosine, Base is reached once, at step P.
type WarmupCosine struct {
	Base        float64 // peak value
	StartFactor float64 // first value as a fraction of Base
	End         float64 // value that the cosine ends towards
	Peak        int     // P, the step that has Base
	Total       int     // steps of the run
}

// At returns the value at step i.
func (w WarmupCosine) At(i int) float64 {
	if i < w.Peak {
		return w.Base * (w.StartFactor + (1-w.StartFactor)*float64(i)/float64(w.Peak))
	}
	return halfCosine(w.Base, w.End, i-w.Peak, w.Total-w.Peak)
}
