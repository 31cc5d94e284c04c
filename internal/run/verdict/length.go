package verdict

import (
	"fmt"
	"math"
	"strconv"
)

// allFrozen tells whether the prototypes are frozen in every step of the run.
func (f Facts) allFrozen() bool { return f.Steps > 0 && f.FrozenLastLayer >= f.Steps }

// short tells whether so few steps have options that suit a longer run: the teacher hardly moves
// with a momentum that moves it in a usual run, or the prototypes are frozen while a run begins.
func (f Facts) short() bool {
	slow := f.Steps > 0 && f.TeacherDrift < leastDrift && !f.frozenTeacher()
	return slow || f.allFrozen() && f.Steps < shortRun
}

// stepsNeeded is how many steps move the teacher, and are more than a try.
func (f Facts) stepsNeeded() int {
	needed := shortRun
	if f.TeacherDrift > 0 {
		needed = max(needed, int(math.Ceil(leastDrift/f.TeacherDrift*float64(f.Steps))))
	}
	return needed
}

// lengthRules find a run of which little can come because it is short, which is no failure.
func lengthRules() []rule {
	return []rule{{
		kind: ShortRun, severity: Hint, before: Facts.short,
		tell: func(j *Judge) Finding {
			f := j.facts
			found := Finding{
				Confidence: Certain,
				What: fmt.Sprintf("a short run: so few steps (%d) that its teacher moves by %.2g of the way to the "+
					"student's weights", f.Steps, f.TeacherDrift),
				Evidence: []Number{
					{"steps", float64(f.Steps), float64(f.stepsNeeded())},
					{"teacher_drift", f.TeacherDrift, leastDrift},
				},
			}
			if f.allFrozen() {
				found.What += ", and that its prototypes are frozen in all of them"
				found.Evidence = append(found.Evidence,
					Number{"frozen_steps", float64(f.FrozenLastLayer), float64(f.Steps)})
			}
			if f.StepsPerEpoch > 0 {
				epochs := (f.stepsNeeded() + f.StepsPerEpoch - 1) / f.StepsPerEpoch
				found.Advice = []Advice{{Option: "train.epochs", Value: strconv.Itoa(epochs)}}
			}
			return found
		},
	}}
}
