package answers

import (
	"fmt"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/watch/metrics"
)

// Bounds of what is said of scores.
const (
	risen      = 1.0  // points of k-NN accuracy above that before the first step, below which nothing has come of it
	fellBy     = 0.2  // of the best, by which the last score is lower
	fellPoints = 3.0  // and at least so many points
	leastGain  = 1e-3 // of ln K, of the target gain: below it the student hardly tells images apart
	leastSteps = 8    // before which nothing is said
)

// learning says whether the run learns, and since which step not.
func (f facts) learning() (Learning, string, *int64) {
	isFailure := func(o verdict.Finding) bool {
		return o.Severity == verdict.Failure || o.Kind == verdict.NoLearning
	}
	isPlateau := func(o verdict.Finding) bool { return o.Kind == verdict.Plateau }
	if failure := f.first(isFailure); failure != nil {
		since := int64(failure.Since)
		return No, "No: " + lower(failure.What) + ".", &since
	}
	if f.Step < 0 {
		return Early, "Too early to say: no step is done yet.", nil
	}
	if plateau := f.first(isPlateau); plateau != nil {
		since := f.stoppedAt(*plateau)
		return Stopped, "Not any more: " + lower(plateau.What) + ".", &since
	}
	if f.scores.Last != nil {
		return f.byScores()
	}
	return f.byGain()
}

// lower is a text of a finding as the part of a sentence.
func lower(text string) string {
	for len(text) > 0 && (text[len(text)-1] == '.' || text[len(text)-1] == ' ') {
		text = text[:len(text)-1]
	}
	return text
}

// stoppedAt is the step of the best score before a plateau.
func (f facts) stoppedAt(plateau verdict.Finding) int64 {
	for _, e := range plateau.Evidence {
		if e.Name == "best_epoch" && f.per > 0 && e.Value >= 1 && e.Value <= float64(f.Epoch+1) {
			return int64(e.Value)*f.per - 1
		}
	}
	return int64(plateau.Since)
}

// byScores compares k-NN accuracies.
func (f facts) byScores() (Learning, string, *int64) {
	s := f.scores
	beside := ""
	if s.Untrained != nil {
		beside = fmt.Sprintf("; before the first step it was %s", percent(*s.Untrained))
	}
	if s.Pixels != nil {
		beside += fmt.Sprintf(", that of raw pixels is %s", percent(*s.Pixels))
		if *s.Pixels > s.Best.KNN {
			beside += ", which is more"
		}
	}
	now := fmt.Sprintf("the k-NN accuracy of held-out images is %s after %s%s", percent(s.Last.KNN),
		epochOf(s.Last), beside)
	start := int64(0)
	switch fell := s.Best.KNN - s.Last.KNN; {
	case s.Untrained != nil && s.Best.KNN < *s.Untrained+risen:
		return Little, "Hardly: " + now + ".", &start
	case fell > fellBy*s.Best.KNN && fell > fellPoints:
		return Fell, fmt.Sprintf("It did, and became worse: the best was %s after %s; now %s.", percent(s.Best.KNN),
			epochOf(s.Best), now), &s.Best.Step
	case s.Untrained == nil && s.Number == 1:
		return Unknown, "One score does not tell: " + now + ".", nil
	}
	return Yes, "Yes: " + now + ".", nil
}

// byGain tells without labels.
func (f facts) byGain() (Learning, string, *int64) {
	start := int64(0)
	switch {
	case f.Step < leastSteps:
		return Early, fmt.Sprintf("Too early to say: %d steps are done; nothing was found that would keep it from "+
			"learning.", f.Step+1), nil
	case f.Gain == nil:
		return Unknown, "It cannot be told: there is no score, and the run does not measure how well its student " +
			"tells images apart. Nothing was found that would keep it from learning.", nil
	}
	gain := fmt.Sprintf("the student predicts the target of an image %s nats better than the mean target (0: it does "+
		"not tell images apart)", digits.Significant(max(*f.Gain, 0)))
	if f.MaxEntropy != nil && *f.Gain < leastGain**f.MaxEntropy {
		return Little, "Hardly so far: " + gain + ".", &start
	}
	return Yes, "Yes, as far as can be told without labels: " + gain + ".", nil
}

// sinceWhen is since when the run does not learn.
func (f facts) sinceWhen(learning Learning, since *int64) string {
	switch {
	case since == nil && learning == Yes && f.over():
		return "It learned to the end."
	case since == nil && learning == Yes:
		return "It has not stopped."
	case since == nil:
		return "Nothing was found that would have stopped it."
	case learning == Little:
		return "Not from the start."
	case *since == 0:
		return "From the first step on."
	case f.per > 0:
		return fmt.Sprintf("Since step %d, in epoch %d.", *since+1, *since/f.per+1)
	}
	return fmt.Sprintf("Since step %d.", *since+1)
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", x) }

// epochOf names the epoch of a score.
func epochOf(s *metrics.Score) string { return fmt.Sprintf("epoch %d", s.Epoch+1) }
