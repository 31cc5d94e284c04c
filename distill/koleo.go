package distill

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
)

// koleoEps keeps lengths and distances away from 0, as in DINOv2's code.
const koleoEps = 1e-8

// KoLeo returns the Kozachenko-Leonenko regularisation of features, a float32 scalar: it is low
// where every feature is far from its nearest neighbour, so that the features of a batch spread
// over the sphere (Sablayrolles et al. 2019; DINOv2, Oquab et al. 2023, section 4, and the loss of
// its code).
//
// features are [B, D] of B ≥ 2 different images. With ε = 1e-8:
//
//	for i in 0 … B−1: x[i] = features[i] / max(‖features[i]‖, ε)
//	for i in 0 … B−1:
//	    j = argmax_{j ≠ i} x[i]·x[j]               // the nearest neighbour; no gradient flows into the choice
//	    loss −= log(‖x[i] − x[j] + ε‖ + ε) / B     // ε is added to every element of the difference
//
// It is computed in float32, whatever the features are.
func KoLeo(features *graph.Node) *graph.Node {
	if features.Rank() != 2 || features.Shape().Dim(0) < 2 {
		exceptions.Panicf("distill: features are %s: KoLeo needs [batch, width] with at least two images",
			features.Shape())
	}
	g, batch := features.Graph(), features.Shape().Dim(0)
	x := layer.L2Norm(features, koleoEps)
	closeness := graph.DotGeneral(x, []int{1}, nil, x, []int{1}, nil) // [B, B]
	itself := make([][]float32, batch)
	for i := range itself {
		itself[i] = make([]float32, batch)
		itself[i][i] = -4 // below the product of any two others
	}
	choice := graph.OneHot(graph.ArgMax(graph.StopGradient(graph.Add(closeness, graph.Const(g, itself))), 1), batch,
		x.DType())
	nearest := graph.DotGeneral(choice, []int{1}, nil, x, []int{0}, nil) // a row of x for each row, exactly
	difference := graph.AddScalar(graph.Sub(x, nearest), koleoEps)
	distance := graph.Sqrt(graph.ReduceSum(graph.Square(difference), -1))
	return graph.Neg(graph.ReduceAllMean(graph.Log(graph.AddScalar(distance, koleoEps))))
}

// koleo is the sum of [KoLeo] over the views of features [views·B, D]: views of one image are never
// each other's neighbours.
func koleo(features *graph.Node, views int) *graph.Node {
	batch := features.Shape().Dim(0) / views
	var total *graph.Node
	for v := range views {
		of := KoLeo(graph.Slice(features, graph.AxisRange(v*batch, (v+1)*batch)))
		if total == nil {
			total = of
			continue
		}
		total = graph.Add(total, of)
	}
	return total
}
