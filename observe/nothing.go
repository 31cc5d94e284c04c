package observe

// Nothing is an observer that ignores all. Embed it in one that needs only some methods.
type Nothing struct{}

// Note does nothing.
func (Nothing) Note(Note) error { return nil }

// Warning does nothing.
func (Nothing) Warning(Warning) error { return nil }

// Started does nothing.
func (Nothing) Started(Start) error { return nil }

// Estimated does nothing.
func (Nothing) Estimated(Estimate) error { return nil }

// Progressed does nothing.
func (Nothing) Progressed(Progress) error { return nil }

// Measured does nothing.
func (Nothing) Measured(Baselines) error { return nil }

// Score does nothing.
func (Nothing) Score(Score) error { return nil }

// Step does nothing.
func (Nothing) Step(Step) error { return nil }

// Saved does nothing.
func (Nothing) Saved(Saved) error { return nil }

// Done does nothing.
func (Nothing) Done(Done) error { return nil }
