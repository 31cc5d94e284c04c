package verdict

import (
	"fmt"
	"math"
)

// Thresholds of collapse, as shares of ln K. Of the healthy runs that docs/verdict.md lists the
// smallest dependence is 0.01; collapsed runs fall below 0.002.
const (
	noDependence = 0.004 // of the targets on the image: marginal minus teacher entropy
	uniformFrom  = 0.98  // teacher entropy
	sharedBelow  = 0.02  // marginal entropy
)

// collapseRules find the ways in which all images get one target (Caron et al. 2021, section 5.3).
func collapseRules() []rule {
	return []rule{
		{
			kind: SharedTarget, severity: Failure,
			signs: (*Judge).independent, kindNow: (*Judge).kindOfCollapse,
			tell: func(j *Judge) Finding { return j.collapsed() },
		},
		{
			kind: DimensionalCollapse, severity: Failure,
			signs: func(j *Judge) bool {
				rank := j.history.of(probeRankMe)
				return rank.count >= 2 && rank.first >= 4 && rank.last < max(1.5, lostRank*rank.first)
			},
			tell: func(j *Judge) Finding {
				rank := j.history.of(probeRankMe)
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("dimensional collapse: the features of the probe images use about %.1f "+
						"dimensions, of %.1f before the first step", rank.last, rank.first),
					Evidence: []Number{
						{probeRankMe, rank.last, lostRank * rank.first},
						{probeStd, j.history.last(probeStd), 0},
					},
					Advice: j.causes(),
				}
			},
		},
	}
}

// lostRank is the share of the first RankMe of the probe images below which it is lost. Healthy
// runs keep at least half of it, and uniform collapse leaves a third.
const lostRank = 0.2

// share is a measurement as a share of ln K.
func (j *Judge) share(name string) float64 {
	return j.history.mean(name) / math.Log(float64(j.facts.Prototypes))
}

// independent tells whether the targets do not depend on the image. A step must have enough targets
// for its marginal entropy to mean something.
func (j *Judge) independent() bool {
	return j.facts.Prototypes > 1 && j.facts.targets() >= fewTargets && j.history.of(marginal).full() &&
		j.share(marginal)-j.share(teacherEntropy) < noDependence
}

// fewTargets is the number of targets of a step below which their mean says nothing.
const fewTargets = 4

// kindOfCollapse tells which target all images share.
func (j *Judge) kindOfCollapse() Kind {
	switch {
	case j.share(teacherEntropy) > uniformFrom:
		return UniformCollapse
	case j.share(marginal) < sharedBelow:
		return OnePrototype
	}
	return SharedTarget
}

// collapsed is a finding with the evidence of a collapse and its most likely causes.
func (j *Judge) collapsed() Finding {
	uniform := math.Log(float64(j.facts.Prototypes))
	what := map[Kind]string{
		UniformCollapse: fmt.Sprintf("uniform collapse: the teacher gives every image nearly the uniform target, so "+
			"there is nothing to learn from (a loss of %.3f is that of guessing among %d prototypes)",
			j.history.mean(loss), j.facts.Prototypes),
		OnePrototype: "collapse to one prototype: all images have the same prototype as their target, so there is " +
			"nothing to learn from, however low the loss",
		SharedTarget: "collapse to one shared target: the target of an image does not depend on the image, though it " +
			"is neither uniform nor a single prototype, so there is nothing to learn from",
	}
	return Finding{
		Confidence: Likely, What: what[j.kindOfCollapse()],
		Evidence: []Number{
			{
				"marginal_minus_teacher_entropy", j.history.mean(marginal) - j.history.mean(teacherEntropy),
				noDependence * uniform,
			},
			{teacherEntropy, j.history.mean(teacherEntropy), uniform},
			{marginal, j.history.mean(marginal), 0},
			{kl, j.history.mean(kl), 0},
			{targetGain, j.history.mean(targetGain), 0},
		},
		Advice: j.causes(),
	}
}
