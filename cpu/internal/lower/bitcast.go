package lower

import (
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/program"
)

// bitcast copies bytes.
func bitcast(l *lowering, n *graph.Node) error {
	in, out := l.dense(n.Inputs[0]), l.out(n.Outputs[0])
	l.simple("bitcast", 1, []int{in}, []int{out}, func(f *program.Frame, _ int) { copy(f.Bytes(out), f.Bytes(in)) })
	return nil
}
