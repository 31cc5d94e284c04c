package lower

import (
	"slices"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
)

// sortAxis orders along an axis by a closure that says which of two elements goes first. It
// always sorts stably, also where the graph does not ask for that.
func sortAxis(l *lowering, n *graph.Node) error {
	count := len(n.Outputs)
	programs, captured, err := l.bodies(n, count)
	if err != nil {
		return err
	}
	s := &sorter{captured: captured[0]}
	var ins, outs []int
	for i, v := range n.Outputs {
		ins = append(ins, l.dense(n.Inputs[i]))
		outs = append(outs, l.out(v))
		s.sizes = append(s.sizes, v.Shape.DType.Size())
	}
	axis, dims := n.Attr.(graph.Sort).Axis, n.Outputs[0].Shape.Dimensions
	s.inner, s.length = 1, dims[axis]
	for _, d := range dims[axis+1:] {
		s.inner *= d
	}
	s.lanes = n.Outputs[0].Shape.Size() / max(s.length, 1)
	verdict := l.scratch(1)
	l.control(n, programs, append(append([]int(nil), ins...), captured[0]...),
		append(append([]int(nil), outs...), verdict), func(f *program.Frame) {
			s.sort(f, memory(f, ins), memory(f, outs), memory(f, []int{verdict}))
		})
	return nil
}

// sorter is the geometry of a sort: lanes of length elements that lie inner apart.
type sorter struct {
	length, inner, lanes int
	sizes                []int
	captured             []int
}

func (s *sorter) sort(f *program.Frame, ins, outs, verdict [][]byte) {
	order := make([]int, s.length)
	arguments := append(make([][]byte, 2*len(ins)), memory(f, s.captured)...)
	comparator := f.Nested(0)
	for lane := range s.lanes {
		base := lane/s.inner*s.inner*s.length + lane%s.inner
		for i := range order {
			order[i] = base + i*s.inner
		}
		before := func(a, b int) bool {
			for i, in := range ins {
				arguments[2*i], arguments[2*i+1] = s.element(in, i, a), s.element(in, i, b)
			}
			comparator.Execute(arguments, verdict)
			return verdict[0][0] != 0
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case before(a, b):
				return -1
			case before(b, a):
				return 1
			}
			return 0
		})
		for i, in := range ins {
			for k, at := range order {
				copy(s.element(outs[i], i, base+k*s.inner), s.element(in, i, at))
			}
		}
	}
}

// element is the memory of an element of the i-th tensor.
func (s *sorter) element(b []byte, i, at int) []byte {
	return b[at*s.sizes[i] : (at+1)*s.sizes[i] : (at+1)*s.sizes[i]]
}
