package verdict

import (
	"fmt"
	"math"
	"strconv"
)

// Bounds of a plateau, as shares of the run.
const (
	plateauFrom   = 0.3 // what came before does not count: features reorganise while the rate is high
	plateauLasts  = 0.3 // without a better score
	plateauUntil  = 0.9 // later there is nothing to gain from an end
	plateauEpochs = 10  // of the whole run, below which there is none
	betterBy      = 1.01
)

// progress is the score of every epoch, counted from 1, behind plateauFrom.
type progress struct {
	epoch     int     // the newest
	last      float64 // its score
	best      float64 // highest score
	bestEpoch int
	smoothed  float64
	highest   float64 // of the smoothed scores
	risen     int     // epoch in which that was reached
	stopped   bool

	gains, steps float64 // sum of the target gain over the epoch under way, and its steps
	idle         int     // epochs in a row in which the student did not tell images apart
}

// Score is what the run has learned, without labels: the target gain over the last window, in nats;
// 0 where the student does not tell images apart. Compare it between runs of one number of
// prototypes and one temperature of the teacher only. NaN while there is nothing to measure it by.
func (j *Judge) Score() float64 { return max(j.history.mean(targetGain), 0) }

// idleGain is the mean target gain over an epoch, as a share of ln K, below which the student does
// not tell images apart.
const (
	idleGain   = 2e-5
	idleEpochs = 2   // in a row
	idleSteps  = 200 // of these epochs together: short runs hardly tell images apart when they are healthy
)

// gain takes in the target gain of a step.
func (j *Judge) gain(x float64) {
	if !math.IsNaN(x) && !math.IsInf(x, 0) {
		j.progress.gains += x
		j.progress.steps++
	}
}

// endEpoch takes in the end of an epoch. With labels the k-NN accuracy counts instead of the score.
func (j *Judge) endEpoch() {
	f, p := j.facts, &j.progress
	mean := p.gains / p.steps // NaN where nothing was measured
	if p.gains, p.steps = 0, 0; mean < idleGain*uniformLoss(f) && j.step >= f.RateWarmup && !j.independent() {
		p.idle++
	} else {
		p.idle = 0
	}
	score := j.Score()
	if s := j.history.of(knn); s.count > 0 {
		score = s.last
	}
	if math.IsNaN(score) || float64(j.step) < plateauFrom*float64(f.Steps) {
		return
	}
	if p.risen == 0 {
		p.smoothed = score
	}
	p.epoch, p.last = (j.step+1)/f.StepsPerEpoch, score
	p.smoothed += (score - p.smoothed) / 2
	if score > p.best {
		p.best, p.bestEpoch = score, p.epoch
	}
	if p.risen == 0 || p.smoothed > betterBy*p.highest {
		p.highest, p.risen, p.stopped = p.smoothed, p.epoch, false
	}
	if f.Steps >= plateauEpochs*f.StepsPerEpoch && float64(j.step) <= plateauUntil*float64(f.Steps) &&
		float64((p.epoch-p.risen)*f.StepsPerEpoch) >= plateauLasts*float64(f.Steps) {
		p.stopped = true
	}
}

// plateauRules find that learning has stopped.
func plateauRules() []rule {
	return []rule{{
		kind: NoLearning, severity: Warning, patience: func(Facts) int { return 1 },
		signs: func(j *Judge) bool {
			per := j.facts.StepsPerEpoch
			return j.progress.idle >= idleEpochs && j.progress.idle*per >= idleSteps && per >= j.facts.patience()
		},
		tell: func(j *Judge) Finding {
			return Finding{
				Confidence: Possible,
				What: fmt.Sprintf("no learning: for %d epochs the student has predicted the target of an image no "+
					"better than the mean target of its batch, though the targets differ", j.progress.idle),
				Evidence: []Number{{targetGain, j.history.mean(targetGain), idleGain * uniformLoss(j.facts)}},
				Advice:   j.causes(),
			}
		},
	}, {
		kind: Plateau, severity: Hint, signs: func(j *Judge) bool { return j.progress.stopped },
		patience: func(Facts) int { return 1 },
		tell: func(j *Judge) Finding {
			p := j.progress
			return Finding{
				Confidence: Possible,
				What: fmt.Sprintf("learning has stopped: the best was epoch %d (%.3g), and epoch %d has %.3g; more "+
					"epochs of this run will hardly change that", p.bestEpoch, p.best, p.epoch, p.last),
				Evidence: []Number{{"best_epoch", float64(p.bestEpoch), 0}, {"best", p.best, 0}, {"last", p.last, 0}},
				Advice: []Advice{{
					Option: "train.epochs", Value: strconv.Itoa(p.bestEpoch),
					Why: "a run whose schedules end there takes less time; to get further it needs more or other " +
						"images, or a larger network",
				}},
			}
		},
	}}
}
