package lower

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
)

// bodies compiles the closures of a node, each with the slots of the values that it captured.
func (l *lowering) bodies(n *graph.Node, values int) (programs []*program.Program, captured [][]int, err error) {
	at := values
	for i, body := range n.Bodies {
		p, err := Function(body, fmt.Sprintf("%s/%s[%d]", l.p.Name, n.Op, i), l.pool)
		if err != nil {
			return nil, nil, err
		}
		programs = append(programs, p)
		var slots []int
		for range body.Captures {
			slots = append(slots, l.dense(n.Inputs[at]))
			at++
		}
		captured = append(captured, slots)
	}
	return programs, captured, nil
}

// control emits a kernel that runs nested programs.
func (l *lowering) control(n *graph.Node, programs []*program.Program, reads, writes []int,
	run func(f *program.Frame),
) {
	l.emit(program.Kernel{Name: n.Op.String(), Reads: reads, Writes: writes, Nested: programs, Serial: run})
}

// memory lists the bytes of slots.
func memory(f *program.Frame, slots []int) [][]byte {
	list := make([][]byte, len(slots))
	for i, s := range slots {
		list[i] = f.Bytes(s)
	}
	return list
}

// branch runs one of two closures, which write its results themselves.
func branch(l *lowering, n *graph.Node) error {
	programs, captured, err := l.bodies(n, 1)
	if err != nil {
		return err
	}
	predicate := l.dense(n.Inputs[0])
	var outs []int
	for _, v := range n.Outputs {
		outs = append(outs, l.out(v))
	}
	reads := append([]int{predicate}, append(append([]int(nil), captured[0]...), captured[1]...)...)
	l.control(n, programs, reads, outs, func(f *program.Frame) {
		i := 1
		if f.Bytes(predicate)[0] != 0 {
			i = 0
		}
		f.Nested(i).Execute(memory(f, captured[i]), memory(f, outs))
	})
	return nil
}

// while runs body as long as condition holds. The state moves between two sets of slots, so that a
// body never writes what it reads.
func while(l *lowering, n *graph.Node) error {
	states := len(n.Outputs)
	programs, captured, err := l.bodies(n, states)
	if err != nil {
		return err
	}
	var initial, outs, others []int
	for i, v := range n.Outputs {
		initial = append(initial, l.dense(n.Inputs[i]))
		outs = append(outs, l.out(v))
		others = append(others, l.scratch(byteSize(v.Shape)))
	}
	holds := l.scratch(1)
	reads := append(append(append([]int(nil), initial...), captured[0]...), captured[1]...)
	writes := append(append([]int{holds}, outs...), others...)
	l.control(n, programs, reads, writes, func(f *program.Frame) {
		state, next := memory(f, outs), memory(f, others)
		for i, s := range memory(f, initial) {
			copy(state[i], s)
		}
		conditionInputs, bodyInputs := memory(f, captured[0]), memory(f, captured[1])
		verdict := memory(f, []int{holds})
		for {
			f.Nested(0).Execute(append(state[:states:states], conditionInputs...), verdict)
			if verdict[0][0] == 0 {
				break
			}
			f.Nested(1).Execute(append(state[:states:states], bodyInputs...), next)
			state, next = next, state
		}
		for i, s := range outs {
			copy(f.Bytes(s), state[i])
		}
	})
	return nil
}
