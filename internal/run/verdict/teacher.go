package verdict

import "fmt"

// Momenta of the teacher's moving average.
const (
	quickMomentum = 0.5  // below it the teacher is the student of the last steps
	sameTeacher   = 2e-4 // relative distance of student and teacher, below which they are the same network
)

// teacherStuck tells whether the teacher does not change in the whole run, or is the student.
func (j *Judge) teacherStuck() bool { return j.facts.frozenTeacher() || j.identicalTeacher() }

// frozenTeacher tells whether the moving average would hardly move in a usual run, however short
// this one is. A coefficient of exactly 0 or 1 moves nothing (docs/method.md); such steps do not
// count towards the drift.
func (f Facts) frozenTeacher() bool { return f.Steps > 0 && f.usualDrift() < leastDrift }

func (j *Judge) identicalTeacher() bool {
	m := j.history.mean(momentum)
	return m > 0 && m < quickMomentum
}

// teacherRules find a teacher that cannot teach.
func teacherRules() []rule {
	return []rule{
		{
			kind: FrozenTeacher, severity: Failure, before: Facts.frozenTeacher,
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("a frozen teacher: over %d steps its weights move by %.2g of the way to the "+
						"student's, so what is saved in the end is the network of the start (a momentum of 0 "+
						"does not copy the student either)", j.facts.usualSteps(), j.facts.usualDrift()),
					Evidence: []Number{{"teacher_drift", j.facts.usualDrift(), leastDrift}},
					Advice:   j.momentumAdvice(),
				}
			},
		},
		{
			kind: IdenticalTeacher, severity: Failure, signs: (*Judge).identicalTeacher,
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("the teacher is the student: with a momentum of %.3g it follows within a step "+
						"or two, so the student is compared with itself", j.history.mean(momentum)),
					Evidence: []Number{
						{momentum, j.history.mean(momentum), quickMomentum}, {distance, j.history.mean(distance), 0},
					},
					Advice: j.momentumAdvice(),
				}
			},
		},
	}
}

func (j *Judge) momentumAdvice() []Advice {
	return []Advice{
		{Option: "model.ema_decay_start", Value: number(j.facts.Suggested.Momentum)},
		{Option: "model.ema_decay_end", Value: "1"},
	}
}
