package layer

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// BatchNorm is torch.nn.BatchNorm1d over rows: x [N, D], with `weight` and `bias` [D] and the
// buffers `running_mean` and `running_var` [D] and `num_batches_tracked` [].
type BatchNorm struct {
	Eps      float64 // added to the variance; torch's default is 1e-5
	Momentum float64 // weight of the new batch in the running statistics; torch's default is 0.1
}

// Forward normalises with the statistics of the batch when training (biased variance) and advances
// the running ones (unbiased variance); otherwise it uses the running statistics.
func (b BatchNorm) Forward(scope *model.Scope, x *graph.Node, training bool) *graph.Node {
	g, n, d := x.Graph(), x.Shape().Dim(0), x.Shape().Dim(1)
	weight := Parameter(scope, g, "weight", Constant(1), d)
	bias := Parameter(scope, g, "bias", Constant(0), d)
	runningMean := Buffer(scope, "running_mean", Constant(0), d)
	runningVar := Buffer(scope, "running_var", Constant(1), d)
	batches := Counter(scope, "num_batches_tracked")

	x32 := Float32(x)
	mean, variance := runningMean.NodeValue(g), runningVar.NodeValue(g)
	if training {
		oldMean, oldVar := mean, variance
		mean = graph.ReduceMean(x32, 0)
		variance = graph.ReduceMean(graph.Square(graph.Sub(x32, row(mean))), 0)
		unbiased := graph.MulScalar(variance, float64(n)/float64(max(n-1, 1)))
		runningMean.SetNodeValue(graph.StopGradient(mix(oldMean, mean, b.Momentum)))
		runningVar.SetNodeValue(graph.StopGradient(mix(oldVar, unbiased, b.Momentum)))
		batches.SetNodeValue(graph.AddScalar(batches.NodeValue(g), 1))
	}
	y := graph.Div(graph.Sub(x32, row(mean)), graph.Sqrt(graph.AddScalar(row(variance), b.Eps)))
	return convert(graph.Add(graph.Mul(y, row(weight)), row(bias)), x.DType())
}

// row views a vector [D] as [1, D].
func row(x *graph.Node) *graph.Node { return graph.InsertAxes(x, 0) }

// mix is (1 − share)·old + share·new.
func mix(old, new *graph.Node, share float64) *graph.Node {
	return graph.Add(graph.MulScalar(old, 1-share), graph.MulScalar(new, share))
}
