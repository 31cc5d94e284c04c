package verdict

import "fmt"

// Bounds of what makes a run slow or hard to begin.
const (
	longWait   = 0.4  // share of a step's time that goes into waiting for images
	closeStart = 0.15 // probe_std of the first network, below which its features are nearly one
	lowInit    = 0.45 // of the suggested init_std
)

func (f Facts) oddInit() bool {
	s := f.Suggested.InitStd
	return f.InitStd > 0 && s > 0 && f.InitStd < lowInit*s
}

// progressRules find what makes a run slow, and what makes it hard to begin.
func progressRules() []rule {
	return []rule{
		{
			kind: PoorStart, severity: Warning, before: Facts.oddInit,
			signs: func(j *Judge) bool {
				s := j.history.of(probeStd)
				return j.facts.oddInit() || s.count > 0 && s.first < closeStart && s.last < closeStart
			},
			patience: func(Facts) int { return 1 },
			tell: func(j *Judge) Finding {
				f := j.facts
				found := Finding{Confidence: Likely}
				if f.oddInit() {
					found.What = fmt.Sprintf("a poor start: first weights with the standard deviation %s do not suit "+
						"a width of %d: all images begin with nearly the same features", number(f.InitStd), f.Width)
					found.Evidence = []Number{{"model.vit.init_std", f.InitStd, f.Suggested.InitStd}}
				} else {
					s := j.history.of(probeStd)
					found.What = fmt.Sprintf("a poor start: the first network gives all probe images nearly the same "+
						"features (spread %.2f; features that spread evenly have 1); look at augment.mean and "+
						"augment.std, and at the images", s.first)
					found.Evidence = []Number{{probeStd, s.first, closeStart}}
				}
				if f.oddInit() {
					found.Advice = []Advice{{Option: "model.vit.init_std", Value: number(f.Suggested.InitStd)}}
				}
				return found
			},
		},
		{
			kind: DataBound, severity: Hint,
			signs: func(j *Judge) bool { return j.history.of(dataWait).full() && j.history.mean(dataWait) > longWait },
			tell: func(j *Judge) Finding {
				wait := j.history.mean(dataWait)
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("a run bound by its data: %.0f %% of the time goes into waiting for images; "+
						"smaller copies of large images help most", 100*wait),
					Evidence: []Number{{dataWait, wait, longWait}},
					Advice: []Advice{
						{Option: "data.cache_mb", Value: "4096", Why: "where decoded images fit into memory"},
						{Option: "data.workers", Value: "0", Why: "one a core"},
					},
				}
			},
		},
	}
}
