package pass

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Excess lets a product of bfloat16 numbers write float32 where all that becomes of it is a
// conversion to float32 that the function returns, as a weight's gradient is. Its sums stay as they
// are, unless the graph converts them to bfloat16 first: the rounding of its own result is the
// product's to leave out, a conversion's is not. Other loops read 16 bits faster than 32. It comes
// after the passes that want to know which operands are 16-bit underneath.
func Excess(f *graph.Function) {
	users := usersOf(f)
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
		if in.Op == compute.OpTypeDotGeneral && in.Outputs[0].Shape.DType == dtypes.BFloat16 &&
			in.Inputs[0].Shape.DType == dtypes.BFloat16 &&
			users[in.Outputs[0]] == 1 && slices.Contains(f.Results, n.Outputs[0]) {
			in.Outputs[0].Shape = n.Outputs[0].Shape
			to[n.Outputs[0]] = in.Outputs[0]
		}
	}
	for i, r := range f.Results {
		if v := to[r]; v != nil {
			f.Results[i] = v
		}
	}
}
