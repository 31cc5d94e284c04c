package distill

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/dino-go/dino/internal/layer"
)

// Metrics tell whether a step learns, all float32. Uniform collapse shows as Entropy = ln K,
// collapse to one prototype as Marginal = 0; in both KL falls to 0 and FeatureStd with it. A low
// Entropy with a high Marginal is no collapse: every image has one prototype, and the images use
// many.
type Metrics struct {
	Loss       *graph.Node // Entropy + KL
	Entropy    *graph.Node // H(P) of the teacher's targets in nats, mean over views and batch
	Marginal   *graph.Node // H(mean of P over views and batch) in nats; 0 when all images share one prototype
	KL         *graph.Node // KL(P‖student) in nats, mean over the compared pairs
	MaxProb    *graph.Node // largest target of a sample, mean over views and batch
	CenterNorm *graph.Node // L2 norm of the center that was subtracted
	FeatureStd *graph.Node // std over the batch of the L2-normalised teacher features, mean over dimensions
	GradNorm   *graph.Node // L2 norm of all gradients, before clipping
	Finite     *graph.Node // [T+S]: 1 where all logits of a view are finite; the teacher's views first
}

// Nodes lists the metrics in the order of the fields.
func (m Metrics) Nodes() []*graph.Node {
	return []*graph.Node{
		m.Loss, m.Entropy, m.Marginal, m.KL, m.MaxProb, m.CenterNorm, m.FeatureStd, m.GradNorm,
		m.Finite,
	}
}

func (m *Model) metrics(out Output, gradNorm *graph.Node) Metrics {
	p := out.TeacherProbs
	entropy := graph.ReduceAllMean(entropyOf(p))
	center := graph.ScalarZero(p.Graph(), p.DType())
	if out.CenterUsed != nil {
		center = graph.Sqrt(graph.ReduceAllSum(graph.Square(out.CenterUsed)))
	}
	return Metrics{
		Loss: out.Loss, Entropy: entropy, Marginal: graph.ReduceAllMean(entropyOf(BatchMean(p))),
		KL:         graph.Sub(out.Loss, entropy),
		MaxProb:    graph.ReduceAllMean(graph.ReduceMax(p, -1)),
		CenterNorm: center, FeatureStd: featureStd(out.Embedding), GradNorm: gradNorm,
		Finite: graph.Concatenate([]*graph.Node{finiteViews(out.TeacherLogits), finiteViews(out.StudentLogits)}, 0),
	}
}

// entropyOf is −Σ p·log p over the last axis; a p that underflowed to 0 adds nothing.
func entropyOf(p *graph.Node) *graph.Node {
	return graph.Neg(graph.ReduceSum(graph.Mul(p, graph.Log(graph.MaxScalar(p, 1e-38))), -1))
}

func featureStd(embedding *graph.Node) *graph.Node {
	unit := layer.L2Norm(embedding, normalizeEps)
	centered := graph.Sub(unit, graph.ReduceAndKeep(unit, graph.ReduceMean, 0))
	return graph.ReduceAllMean(graph.Sqrt(graph.ReduceMean(graph.Square(centered), 0)))
}

// finiteViews is 1 for every view of logits [views, B, K] that is finite throughout, else 0.
func finiteViews(logits *graph.Node) *graph.Node {
	views := logits.Shape().Dim(0)
	finite := graph.ConvertDType(graph.IsFinite(logits), logits.DType())
	return graph.ReduceMin(graph.Reshape(finite, views, logits.Shape().Size()/views), 1)
}
