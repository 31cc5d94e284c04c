package schedule

// EMACosine is the teacher momentum of the seed's TeacherStudentWrapper, per
// epoch:
//
//	At(e) = Final − (Final − Base)·(1 + cos(π·e/Epochs))/2
//
// rounded to float32, the type in which the wrapper keeps it. The official
// momentum is the same curve per iteration, Cosine without warm-up.
type EMACosine struct {
	Base   float64 // momentum of epoch 0
	Final  float64 // momentum that the run ends towards
	Epochs int     // epochs of the run
}

// At returns the momentum in epoch e.
func (c EMACosine) At(e int) float64 {
	return float64(float32(halfCosine(c.Base, c.Final, e, c.Epochs)))
}
