package pass

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/graph"
)

func unary(s sketch, op compute.OpType, in *graph.Value) *graph.Value {
	return s.op(op, nil, f32, in.Shape.Dimensions, in)
}

// detached is a node of one operand that is in no function's list.
func detached(op compute.OpType, in *graph.Value) *graph.Node {
	n := &graph.Node{Op: op, Inputs: []*graph.Value{in}}
	n.Outputs = []*graph.Value{{Node: n, Shape: in.Shape}}
	return n
}

// Replacements reach inputs and results, whichever of two that form a chain is made first.
func TestReplacementsFormChains(t *testing.T) {
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		s := newSketch()
		x := s.parameter(f32, 4)
		a, b := unary(s, compute.OpTypeNeg, x), unary(s, compute.OpTypeExp, x)
		user := unary(s, compute.OpTypeAbs, a)
		s.Results = []*graph.Value{user, a, b}
		r := newRewiring(s.Function)
		for _, i := range order {
			r.replace([]*graph.Value{a, b}[i], []*graph.Value{b, x}[i])
		}
		r.apply()
		if user.Node.Inputs[0] != x || s.Results[0] != user || s.Results[1] != x || s.Results[2] != x {
			t.Errorf("order %v: not all users of the replaced values use the parameter:\n%s", order, s.Function)
		}
	}
}

// Nodes see replacements made before them during the walk, too, and nothing else changes before
// apply.
func TestInputsAreRewiredDuringTheWalk(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	a := unary(s, compute.OpTypeNeg, x)
	first, second := unary(s, compute.OpTypeAbs, a), unary(s, compute.OpTypeExp, a)
	s.Results = []*graph.Value{a}
	r := newRewiring(s.Function)
	r.replace(a, x)
	r.inputs(first.Node)
	if first.Node.Inputs[0] != x || second.Node.Inputs[0] != a || s.Results[0] != a {
		t.Error("inputs must rewire one node and nothing else")
	}
	r.apply()
	if second.Node.Inputs[0] != x || s.Results[0] != x {
		t.Error("apply must rewire the other nodes and the results")
	}
}

func TestInsertedNodesStandInOrderAndAreRewired(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	a := unary(s, compute.OpTypeNeg, x)
	b := unary(s, compute.OpTypeAbs, a)
	s.Results = []*graph.Value{b}
	r := newRewiring(s.Function)
	made := detached(compute.OpTypeExp, a)
	r.insertAfter(b.Node, detached(compute.OpTypeSin, b))
	r.insertBefore(b.Node, made)
	r.insertAfter(b.Node, detached(compute.OpTypeCos, b))
	r.insertBefore(b.Node, detached(compute.OpTypeLog, made.Outputs[0]), detached(compute.OpTypeSqrt, x))
	r.replace(a, x)
	r.apply()
	if got, want := s.ops(), "Neg Exp Log Sqrt Abs Sin Cos"; got != want {
		t.Errorf("the nodes are %q, want %q", got, want)
	}
	if made.Inputs[0] != x {
		t.Error("an inserted node uses the replaced value")
	}
}

func TestReplacementsHaveNoCycles(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	a, b := unary(s, compute.OpTypeNeg, x), unary(s, compute.OpTypeExp, x)
	r := newRewiring(s.Function)
	r.replace(a, b)
	defer func() {
		if recover() == nil {
			t.Error("a value that replaces itself by way of another is accepted")
		}
	}()
	r.replace(b, a)
}

// The results of a replaced node are used no more, in closures either.
func TestClosuresAreRewritten(t *testing.T) {
	s, body := newSketch(), newSketch()
	x := s.parameter(f32, 4)
	p := body.parameter(f32, 4)
	unary(body, compute.OpTypeExp, p)
	y := unary(body, compute.OpTypeNeg, unary(body, compute.OpTypeIdentity, p))
	body.Results = []*graph.Value{y}
	n := s.Add(compute.OpTypeWhile, nil, []*graph.Value{x}, x.Shape)
	n.Bodies = []*graph.Function{body.Function}
	s.expect(t, "While", n.Outputs[0])
	if got := body.ops(); got != "Neg" || y.Node.Inputs[0] != p {
		t.Errorf("%q is left of the closure, want Neg of its parameter:\n%s", got, body.Function)
	}
}

// A fault of a pass is an error that names the pass.
func TestFaultsOfPassesAreErrors(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	s.Results = []*graph.Value{s.op(compute.OpTypeTranspose, nil, f32, []int{4}, x)} // without attributes
	if err := Run(s.Function); err == nil || !strings.Contains(err.Error(), "simplification of views: ") {
		t.Errorf("the error is %v, want one that names the pass", err)
	}
}
