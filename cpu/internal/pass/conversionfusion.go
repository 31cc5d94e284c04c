package pass

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// fuseConversions lets a product of bfloat16 numbers write float32 where all that becomes of it is
// a conversion to float32 that the function returns, as a weight's gradient is. Its sums stay as
// they are, unless the graph converts them to bfloat16 first: the rounding of its own result is the
// product's to leave out, a conversion's is not. Other loops read 16 bits faster than 32. It comes
// after the passes that want to know which operands are 16-bit underneath.
func fuseConversions(f *graph.Function) {
	uses := f.UseCounts()
	r := newRewiring(f)
	for _, n := range f.Nodes {
		r.inputs(n)
		if n.Op != compute.OpTypeConvertDType || n.Outputs[0].Shape.DType != dtypes.Float32 {
			continue
		}
		in := n.Inputs[0].Node
		if in.Op == compute.OpTypeDotGeneral && in.Outputs[0].Shape.DType == dtypes.BFloat16 &&
			in.Inputs[0].Shape.DType == dtypes.BFloat16 &&
			uses[in.Outputs[0]] == 1 && slices.Contains(f.Results, n.Outputs[0]) {
			in.Outputs[0].Shape = n.Outputs[0].Shape
			r.replace(n.Outputs[0], in.Outputs[0])
		}
	}
	r.apply()
}
