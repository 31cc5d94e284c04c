package verdict

import (
	"fmt"
	"math"
)

// Bounds of what a step changes, relative to the L2 norm of all weights.
const (
	largeUpdate   = 0.01  // healthy runs stay below 0.002
	allUpdates    = 0.01  // Σ over the run, at least a usual one, below which nothing can be learned
	largeDecay    = 0.003 // that a step takes off the weights; the official recipe's largest is 0.0002
	ordinaryDecay = 1     // the official recipe ends at 0.4
	shortRun      = 100   // steps, below which a run is a try
)

// rateRules find steps that are too large or too small.
func rateRules() []rule {
	return []rule{
		{
			kind: RateHigh, severity: Warning,
			signs: func(j *Judge) bool {
				return j.history.mean(updateSize) > max(largeUpdate, 2*j.decay())
			},
			tell: func(j *Judge) Finding {
				size := j.history.mean(updateSize)
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too high a learning rate: a step changes the weights by %.1f %% of their size",
						100*size),
					Evidence: []Number{{updateSize, size, largeUpdate}, {rate, j.history.last(rate), 0}},
					Advice:   []Advice{{Option: "train.schedule.lr.base", Value: number(j.lowerRate(size))}},
				}
			},
		},
		{
			kind: DecayHigh, severity: Warning,
			signs: func(j *Judge) bool { return j.decay() > largeDecay },
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too high a weight decay: every step takes %.2g %% off the weights, "+
						"whatever they learn",
						100*j.decay()),
					Evidence: []Number{
						{"lr_times_weight_decay", j.decay(), largeDecay}, {weightDecay, j.history.mean(weightDecay), 0},
					},
					Advice: []Advice{{Option: "train.schedule.weight_decay.start", Value: "0.04"}},
				}
			},
		},
		{
			kind: RateLow, severity: Warning,
			signs: func(j *Judge) bool {
				s := j.history.of(updateSize)
				return j.facts.Steps >= shortRun && s.full() && j.step >= j.facts.RateWarmup &&
					s.highest*float64(j.facts.usualSteps()) < allUpdates
			},
			tell: func(j *Judge) Finding {
				highest, steps := j.history.of(updateSize).highest, j.facts.usualSteps()
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too low a learning rate: even if all went one way, %d steps would "+
						"change the weights by %.2g %% of their size", steps, 100*highest*float64(steps)),
					Evidence: []Number{
						{updateSize, highest, allUpdates / float64(steps)},
						{rate, j.history.last(rate), 0},
					},
					Advice: []Advice{{
						Option: "train.schedule.lr.base",
						Value:  number(max(j.facts.Suggested.Rate, 10*j.facts.Rate)),
					}},
				}
			},
		},
		{
			kind: Divergence, severity: Failure,
			signs: func(j *Judge) bool {
				s := j.history.of(kl)
				return s.full() && s.mean() > 3*s.lowest && s.mean() > max(s.first, 0.5*uniformLoss(j.facts)) &&
					j.history.mean(loss) > 1.5*uniformLoss(j.facts)
			},
			tell: func(j *Judge) Finding {
				s := j.history.of(kl)
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("divergence: the student is farther from the teacher than guessing (divergence "+
						"%.2f, lowest %.2f)", s.mean(), s.lowest),
					Evidence: []Number{
						{kl, s.mean(), 3 * s.lowest},
						{loss, j.history.mean(loss), uniformLoss(j.facts)},
					},
					Advice: []Advice{
						{Option: "train.schedule.lr.base", Value: number(j.lowerRate(j.history.mean(updateSize)))},
						{Option: "train.optimizer.clip", Value: "per_tensor"},
					},
				}
			},
		},
	}
}

// decay is the share of the weights that a step takes off, where that is not the learning rate's
// doing: 0 with an ordinary weight decay.
func (j *Judge) decay() float64 {
	if d := j.history.mean(weightDecay); d > ordinaryDecay {
		return d * j.history.mean(rate)
	}
	return 0
}

// lowerRate is a learning rate with which steps of a size would be healthy ones.
func (j *Judge) lowerRate(size float64) float64 {
	s := j.facts.Suggested.Rate
	if s > 0 && s < j.facts.Rate {
		return s
	}
	if size > largeUpdate {
		return j.facts.Rate * largeUpdate / (4 * size)
	}
	return j.facts.Rate / 3
}

// uniformLoss is ln K, the loss of guessing, which no prediction is needed for.
func uniformLoss(f Facts) float64 { return math.Log(float64(max(f.Prototypes, 2))) }
