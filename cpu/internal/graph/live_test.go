package graph

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

func TestLiveNodesAndUsers(t *testing.T) {
	f := &Function{}
	op := func(op compute.OpType, in ...*Value) *Value {
		return f.Add(op, nil, in, shapes.Make(dtypes.Float32, 4)).Outputs[0]
	}
	x := op(compute.OpTypeParameter)
	a := op(compute.OpTypeNeg, x)
	square := op(compute.OpTypeMul, a, a)
	dead := op(compute.OpTypeExp, a)
	deader := op(compute.OpTypeAbs, dead)
	f.Results = []*Value{square, a}

	live := f.Live()
	for _, v := range []*Value{x, a, square} {
		if !live[v.Node] {
			t.Errorf("%s is dead: a result depends on it", v.Node.Op)
		}
	}
	for _, v := range []*Value{dead, deader} {
		if live[v.Node] {
			t.Errorf("%s is live: no result depends on it", v.Node.Op)
		}
	}
	users, counts := f.Users(), f.UseCounts()
	for _, c := range []struct {
		v           *Value
		nodes, uses int
	}{{x, 1, 1}, {a, 3, 4}, {square, 0, 1}, {dead, 1, 1}, {deader, 0, 0}} {
		if len(users[c.v]) != c.nodes || counts[c.v] != c.uses {
			t.Errorf("%s has %d users and %d uses, want %d and %d", c.v.Node.Op, len(users[c.v]), counts[c.v], c.nodes,
				c.uses)
		}
	}
}
