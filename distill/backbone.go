package distill

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/nets"
)

// Backbone is any network that turns images [B, C, H, W] into features [B, D], or into a sequence
// [B, N, D] whose first token stands for the image. Its variables must all lie below scope; views
// of different sizes share them.
//
// A [nets.Network] is a Backbone, whose teacher is its form without noise. What a Network promises
// beyond this is for those who evaluate, read and write it.
type Backbone interface {
	Forward(scope *model.Scope, images *graph.Node) *graph.Node
}

// Regularised is a backbone whose student differs from its teacher by noise, such as stochastic
// depth.
type Regularised interface {
	Backbone
	// Teacher returns the same network, with the same variables, free of noise.
	Teacher() Backbone
}

// Head is a projection head: features [N, D] → logits [N, prototypes].
type Head interface {
	Forward(scope *model.Scope, features *graph.Node) *graph.Node
	// Prototypes is the name of the last layer below the head's scope: what is frozen in the first
	// epochs.
	Prototypes() string
}

// quiet is the form of a backbone that the teacher runs.
func quiet(student Backbone) Backbone {
	switch b := student.(type) {
	case Regularised:
		return b.Teacher()
	case nets.Network:
		return b.WithoutNoise()
	}
	return student
}

// cls reduces the output of a backbone to [B, D].
func cls(features *graph.Node) *graph.Node {
	switch features.Rank() {
	case 2:
		return features
	case 3:
		return graph.Squeeze(graph.Slice(features, graph.AxisRange(), graph.AxisElem(0)), 1)
	}
	exceptions.Panicf("distill: the backbone returns shape %s: must be [batch, width] or [batch, tokens, width]",
		features.Shape())
	return nil
}
