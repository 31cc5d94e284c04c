package pass

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// fuseConversions lets a product of bfloat16 numbers store float32 if its only user is a conversion
// to float32 that the function returns, as gradients of weights are. The product then does not
// round its sums, unless the graph converts them to bfloat16 explicitly: a product may omit the
// rounding of its own result, but not a conversion. Conversions that other loops read stay, because
// loading 16 bits is faster than loading 32.
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
