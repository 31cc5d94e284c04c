package pass

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Excess leaves out the detour of a float32 over a 16-bit float and back: the result keeps digits that the detour would have cost. It comes
// after the passes that want to know which operands are 16-bit underneath.
func Excess(f *graph.Function) {
	to := map[*graph.Value]*graph.Value{}
	for _, n := range f.Nodes {
		for i, in := range n.Inputs {
			if r := to[in]; r != nil {
				n.Inputs[i] = r
			}
		}
		for _, b := range n.Bodies {
			Excess(b)
		}
		if n.Op != compute.OpTypeConvertDType || n.Outputs[0].Shape.DType != dtypes.Float32 {
			continue
		}
		in := n.Inputs[0].Node
		if in.Op == compute.OpTypeConvertDType && in.Outputs[0].Shape.DType.IsHalfPrecision() && in.Inputs[0].Shape.DType == dtypes.Float32 {
			to[n.Outputs[0]] = in.Inputs[0]
		}
	}
	for i, r := range f.Results {
		if v := to[r]; v != nil {
			f.Results[i] = v
		}
	}
}
