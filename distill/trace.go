package distill

import (
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Trace is a step without its update, in which every value is looked at.
type Trace struct {
	// Places says what each value is, in the order in which they are computed: the operation and
	// the layer whose parameters were used last on its way, such as "DotGeneral behind
	// student.blocks.3.mlp.fc1.weight".
	Places []string
	// Finite is float32 [n], 1 where a value is finite throughout.
	Finite *graph.Node
	// Inputs lists for each value those that it is computed from, by their place in the list.
	Inputs [][]int
}

// Trace builds the forward pass and the gradients of a step, and flags of all their values. It is
// there to find where a non-finite number comes from, and takes several times the memory of
// a step.
func (m *Model) Trace(scope *model.Scope, in Input, vector *graph.Node) Trace {
	out := m.compare(scope, in, unpack(vector).at(teacherTemp))
	g := out.Loss.Graph()
	graph.Gradient(out.Loss, values(m.Parameters(scope.Store()), g)...)
	nodes := append([]*graph.Node(nil), g.Nodes()...) // the flags are nodes, too
	var t Trace
	var flags []*graph.Node
	place := map[*graph.Node]int{}
	last := map[*graph.Node]*graph.Node{} // the newest parameter that a node depends on
	for _, n := range nodes {
		for _, input := range n.Inputs() {
			if p := last[input]; p != nil && (last[n] == nil || p.Id() > last[n].Id()) {
				last[n] = p
			}
		}
		if n.Type() == graph.NodeTypeParameter {
			last[n] = n
		}
		if n.NumOutputs() != 1 || !n.DType().IsFloat() || n.Type() == graph.NodeTypeConstant {
			continue
		}
		place[n] = len(flags)
		flags = append(flags, graph.ReduceAllMin(graph.ConvertDType(graph.IsFinite(n), dtypes.Float32)))
		t.Places = append(t.Places, placeOf(n, last[n]))
		t.Inputs = append(t.Inputs, inputsOf(n, place))
	}
	t.Finite = graph.Stack(flags, 0)
	return t
}

func inputsOf(n *graph.Node, place map[*graph.Node]int) []int {
	var inputs []int
	for _, input := range n.Inputs() {
		if i, ok := place[input]; ok {
			inputs = append(inputs, i)
		}
	}
	return inputs
}

// placeOf says what a node is.
func placeOf(n, parameter *graph.Node) string {
	switch {
	case n == parameter:
		return parameterName(parameter)
	case parameter == nil:
		return n.Type().String()
	}
	return n.Type().String() + " behind " + parameterName(parameter)
}

// parameterName is a variable's path with dots, or the name of an input.
func parameterName(parameter *graph.Node) string {
	name := parameter.GetParameterName()
	if i := strings.Index(name, model.ScopeSeparator); i >= 0 {
		name = name[i+1:]
	}
	return strings.ReplaceAll(name, model.ScopeSeparator, ".")
}

// First is the first non-finite value though all that it is computed from is; false where
// all are finite. An infinity on the way, such as that of a mask, counts only where it reaches the
// last non-finite value.
func (t Trace) First(finite []float32) (string, bool) {
	for i, ok := range finite {
		if ok == 1 {
			continue
		}
		source := true
		for _, input := range t.Inputs[i] {
			source = source && finite[input] == 1
		}
		if source && t.spreads(i, finite) {
			return t.Places[i], true
		}
	}
	return "", false
}

// spreads tells whether a value makes another one non-finite, or is used by none.
func (t Trace) spreads(i int, finite []float32) bool {
	used := false
	for j := i + 1; j < len(t.Inputs); j++ {
		for _, input := range t.Inputs[j] {
			if input == i {
				used = true
				if finite[j] != 1 {
					return true
				}
			}
		}
	}
	return !used
}
