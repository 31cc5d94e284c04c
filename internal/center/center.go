// Package center is the state of the running mean of the teacher's logits, as it lies in a store
// and in files of weights. What a step does with it is the business of package distill.
//
// Tests: oracle (loops), here and, for the graph, in package distill.
package center

import "slices"

// Scope is where the state lies in a store, and the first segment of its names in files.
const Scope = "dino_loss"

// Names of the state's tensors, all float32, below [Scope]. Shapes has their shapes.
const (
	Center    = "center"     // the running mean
	Queued    = "queued"     // the mean of the last batch, which enters at the beginning of the next step
	CenterSet = "center_set" // 1 where Center holds a value
	QueuedSet = "queued_set" // 1 where Queued holds a value
)

// DefaultMomentum is that of all reference implementations.
const DefaultMomentum = 0.9

// Shapes lists the tensors for K prototypes.
func Shapes(prototypes int) map[string][]int {
	return map[string][]int{Center: {1, prototypes}, Queued: {1, prototypes}, CenterSet: {}, QueuedSet: {}}
}

// State is the values of the four tensors; Center and Queued have K elements.
type State struct {
	Center, Queued       []float32
	CenterSet, QueuedSet bool
}

// Settled is the state of a center with nothing queued.
func Settled(center []float32) State {
	return State{Center: center, Queued: make([]float32, len(center)), CenterSet: true}
}

// Current is the center with the queued mean mixed in, or set to it where it is the first: what the
// next step subtracts.
func (s State) Current(momentum float64) []float32 {
	switch {
	case !s.QueuedSet:
		return s.Center
	case !s.CenterSet:
		return s.Queued
	}
	mixed := slices.Clone(s.Center)
	for i := range mixed {
		mixed[i] = mixed[i]*float32(momentum) + s.Queued[i]*float32(1-momentum)
	}
	return mixed
}

// Values are the elements of each tensor by its name.
func (s State) Values() map[string][]float32 {
	return map[string][]float32{
		Center: s.Center, Queued: s.Queued, CenterSet: {flag(s.CenterSet)},
		QueuedSet: {flag(s.QueuedSet)},
	}
}

func flag(set bool) float32 {
	if set {
		return 1
	}
	return 0
}
