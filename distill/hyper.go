package distill

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/schedule"
)

// Hyper are the numbers that one optimizer step is given.
type Hyper struct {
	schedule.Values

	Updates   int // optimizer steps that a parameter will have had after this one, this one included
	LastLayer int // the same for the head's last layer, which skips the frozen steps
}

// carried is a number of the vector that brings a [Hyper] into a graph.
type carried struct {
	name string
	of   func(Optimizer, Hyper) float64
}

// carriedList lists the numbers of a vector in its order, for both ends: pack and unpack.
type carriedList []carried

// vectorNumbers are the numbers of the vector of a step: those of the schedule, and what follows
// from the rest of [Hyper].
var vectorNumbers = append(scheduled(),
	carried{frozen, func(_ Optimizer, h Hyper) float64 { return flag(h.FreezeLastLayer) }},
	carried{meanCorrection, func(o Optimizer, h Hyper) float64 { return mean(o.AdamW.Correction(h.Updates)) }},
	carried{rootCorrection, func(o Optimizer, h Hyper) float64 { return root(o.AdamW.Correction(h.Updates)) }},
	carried{lastMeanCorrection, func(o Optimizer, h Hyper) float64 { return mean(o.AdamW.Correction(h.LastLayer)) }},
	carried{lastRootCorrection, func(o Optimizer, h Hyper) float64 { return root(o.AdamW.Correction(h.LastLayer)) }},
)

// Names of numbers of the vector that no schedule has.
const (
	frozen             = "freeze_last_layer" // above 0 where the last layer is frozen
	meanCorrection     = "mean_correction"   // AdamW's bias correction of the mean of gradients
	rootCorrection     = "root_correction"   // and of the root of their squares
	lastMeanCorrection = "last_mean_correction"
	lastRootCorrection = "last_root_correction"
)

// Names of the schedule's numbers that a step uses.
var (
	rate        = schedule.Measurements().Named("lr").Name
	weightDecay = schedule.Measurements().Named("weight_decay").Name
	momentum    = schedule.Measurements().Named("momentum").Name
	teacherTemp = schedule.Measurements().Named("teacher_temp").Name
)

func scheduled() carriedList {
	var numbers carriedList
	for _, n := range schedule.Numbers() {
		numbers = append(numbers, carried{n.Name, func(_ Optimizer, h Hyper) float64 { return n.Of(h.Values) }})
	}
	return numbers
}

func mean(m, _ float64) float64 { return m }

func root(_, r float64) float64 { return r }

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// Vector packs h for the graph of [Model.Step]; corrections are computed here, in float64. Its
// shape is [VectorShape].
func (o Optimizer) Vector(h Hyper) []float32 { return vectorNumbers.pack(o, h) }

// VectorShape is the shape of what [Optimizer.Vector] returns, float32 [n].
func VectorShape() shapes.Shape { return shapes.Make(dtypes.Float32, len(vectorNumbers)) }

func (l carriedList) pack(o Optimizer, h Hyper) []float32 {
	v := make([]float32, len(l))
	for i, n := range l {
		v[i] = float32(n.of(o, h))
	}
	return v
}

// carriedNodes are the scalars of the vector in a graph, by name.
type carriedNodes map[string]*graph.Node

func unpack(vector *graph.Node) carriedNodes { return vectorNumbers.unpack(vector) }

func (l carriedList) unpack(vector *graph.Node) carriedNodes {
	nodes := carriedNodes{}
	for i, n := range l {
		nodes[n.name] = graph.Reshape(graph.Slice(vector, graph.AxisElem(i)))
	}
	return nodes
}

// at returns a scalar by name.
func (c carriedNodes) at(name string) *graph.Node {
	node, ok := c[name]
	if !ok {
		panic(fmt.Sprintf("distill: the vector of a step carries no %q", name))
	}
	return node
}

// is tells whether a number is above 0.
func (c carriedNodes) is(name string) *graph.Node {
	node := c.at(name)
	return graph.GreaterThan(node, graph.ScalarZero(node.Graph(), node.DType()))
}
