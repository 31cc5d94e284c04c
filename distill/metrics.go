package distill

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/optim"
)

// Measurement is a number that the graph of a step computes, with how. It has one of three
// formulas, each of which returns a float32 scalar.
type Measurement struct {
	measure.Measurement

	// Forward computes it from the forward pass. A step over several micro-batches has the mean of
	// theirs.
	Forward func(Output) *graph.Node
	// Gradient computes it from the gradients of all parameters, before clipping. A step over
	// several micro-batches has that of the whole batch's gradients.
	Gradient func(gradients []*graph.Node) *graph.Node
	// Update computes it from the gradients, the parameters before and after the step, and the
	// teacher's. A step over several micro-batches has one update; its micro-batches have 0.
	Update func(Update) *graph.Node
}

// MeasurementsOf lists what a step of a model of this configuration measures: whether it learns.
// Uniform collapse shows as teacher_entropy = ln K, collapse to one prototype as marginal_entropy =
// 0; in both kl falls to 0 and feature_std with it. A low teacher_entropy with a high
// marginal_entropy is no collapse: every image has one prototype, and the images use many.
//
// [New] gives them to the model; a program may add its own to [Model.Measurements] before it builds
// the graph of a step.
func MeasurementsOf(c Config) []Measurement {
	return append([]Measurement{
		{
			Measurement: measure.Measurement{
				Name: "loss", Group: "train", Unit: "nats",
				Doc:    "cross-entropy of student to teacher: `teacher_entropy` + `kl`",
				Status: measure.Status{Place: 2, Text: func(x float64) string { return fmt.Sprintf("loss %.3f", x) }},
			},
			Forward: func(out Output) *graph.Node { return out.CrossEntropy },
		}, {
			Measurement: measure.Measurement{
				Name: "teacher_entropy", Group: "train", Unit: "nats",
				Doc: "entropy of the teacher's targets, mean over views and batch; ln K when uniform",
				Status: measure.Status{Place: 3, Text: func(x float64) string {
					return fmt.Sprintf("entropy %.2f of %.2f", x, math.Log(float64(c.NPrototypes)))
				}},
			},
			Forward: meanEntropy,
		}, {
			Measurement: measure.Measurement{
				Name: "marginal_entropy", Group: "train", Unit: "nats",
				Doc: "entropy of the mean target over views and batch; 0 when all images share one prototype",
			},
			Forward: func(out Output) *graph.Node {
				return graph.ReduceAllMean(entropyOf(BatchMean(out.TeacherProbs)))
			},
		}, {
			Measurement: measure.Measurement{
				Name: "kl", Group: "train", Unit: "nats",
				Doc: "divergence of the student from the teacher, mean over the compared pairs of views",
			},
			Forward: func(out Output) *graph.Node { return graph.Sub(out.CrossEntropy, meanEntropy(out)) },
		}, {
			Measurement: measure.Measurement{
				Name: "max_prob", Group: "train", Doc: "largest target of a sample, mean over views and batch",
			},
			Forward: func(out Output) *graph.Node {
				return graph.ReduceAllMean(graph.ReduceMax(out.TeacherProbs, -1))
			},
		}, {
			Measurement: measure.Measurement{
				Name: "center_norm", Group: "train",
				Doc: "L2 norm of the center that was subtracted; 0 with Sinkhorn-Knopp",
			},
			Forward: centerNorm,
		}, {
			Measurement: measure.Measurement{
				Name: "feature_std", Group: "train",
				Doc: "standard deviation over the batch of the L2-normalised teacher features, mean over dimensions",
			},
			Forward: func(out Output) *graph.Node { return featureStd(out.Embedding) },
		}, {
			Measurement: measure.Measurement{
				Name: "grad_norm", Group: "train", Doc: "L2 norm of all gradients, before clipping",
			},
			Gradient: optim.Norm,
		}, {
			Measurement: measure.Measurement{
				Name: "target_gain", Group: "train", Unit: "nats",
				Doc: "how much better the student predicts the target of the same image than the mean target of the " +
					"batch: about 0 when it does not tell images apart",
			},
			Forward: c.targetGain,
		},
	}, append(c.regularised(), c.updated()...)...)
}

// regularised measures what is added to the loss, where anything is.
func (c Config) regularised() []Measurement {
	if c.KoLeoWeight == 0 {
		return nil
	}
	return []Measurement{{
		Measurement: measure.Measurement{
			Name: "koleo", Group: "train",
			Doc: "KoLeo regularisation, the sum over the global views, before its weight; not in `loss`, and there " +
				"only with a `model.koleo_weight` above 0",
		},
		Forward: func(out Output) *graph.Node { return out.KoLeo },
	}}
}

// Measurements that programs look at by themselves.
var (
	Loss            = known.Named("loss")
	TeacherEntropy  = known.Named("teacher_entropy")
	MarginalEntropy = known.Named("marginal_entropy")
	KL              = known.Named("kl")
	TargetGain      = known.Named("target_gain")
	GradNorm        = known.Named("grad_norm")
)

var known = Described(MeasurementsOf(Config{}))

// Described is what is written down of measurements, without their formulas.
func Described(all []Measurement) measure.Table {
	var table measure.Table
	for _, m := range all {
		table = append(table, m.Measurement)
	}
	return table
}

// Metrics are what the graph of a step measured.
type Metrics struct {
	Values *graph.Node // float32 [n], in the order of [Model.Measurements]
	Finite *graph.Node // [T+S]: 1 where all logits of a view are finite; the teacher's views first
}

// Nodes lists the metrics in the order of the fields.
func (m Metrics) Nodes() []*graph.Node { return []*graph.Node{m.Values, m.Finite} }

// Measured names the numbers of [Metrics.Values].
func (m *Model) Measured(values []float32) measure.Values { return named(m.Measurements, values) }

// MeasuredWhole names the numbers that [Model.ApplyAccumulated] returns.
func (m *Model) MeasuredWhole(values []float32) measure.Values { return named(m.ofGradients(), values) }

func named(all []Measurement, values []float32) measure.Values {
	if len(all) != len(values) {
		panic(fmt.Sprintf("distill: %d numbers for %d measurements: was a measurement added after the graph was built?",
			len(values), len(all)))
	}
	byName := measure.Values{}
	for i, m := range all {
		byName.Set(m.Measurement, float64(values[i]))
	}
	return byName
}

// ofGradients lists the measurements of the whole batch's gradients and of the update.
func (m *Model) ofGradients() []Measurement {
	var all []Measurement
	for _, measurement := range m.Measurements {
		if measurement.Forward == nil {
			all = append(all, measurement)
		}
	}
	return all
}

// metrics measures a forward pass with its gradients, and the update, nil for a micro-batch.
func (m *Model) metrics(out Output, gradients []*graph.Node, u *Update) Metrics {
	return Metrics{
		Values: vectorOf(m.Measurements, out, gradients, u),
		Finite: graph.Concatenate([]*graph.Node{finiteViews(out.TeacherLogits), finiteViews(out.StudentLogits)}, 0),
	}
}

// vectorOf computes measurements, [n]. Those of an update are 0 where there is none.
func vectorOf(all []Measurement, out Output, gradients []*graph.Node, u *Update) *graph.Node {
	if len(all) == 0 {
		exceptions.Panicf("distill: a step without a measurement: Model.Measurements must keep %s", GradNorm.Name)
	}
	scalars := make([]*graph.Node, len(all))
	for i, m := range all {
		switch {
		case m.formulas() != 1:
			exceptions.Panicf("distill: measurement %s must have one formula: Forward, Gradient or Update", m.Name)
		case m.Forward != nil:
			scalars[i] = m.Forward(out)
		case m.Gradient != nil:
			scalars[i] = m.Gradient(gradients)
		case u != nil:
			scalars[i] = m.Update(*u)
		default:
			scalars[i] = graph.ScalarZero(gradients[0].Graph(), dtypes.Float32)
		}
		if !scalars[i].Shape().IsScalar() {
			exceptions.Panicf("distill: measurement %s is %s: its formula must return a scalar", m.Name,
				scalars[i].Shape())
		}
	}
	return graph.Stack(scalars, 0)
}

func (m Measurement) formulas() int {
	n := 0
	for _, has := range []bool{m.Forward != nil, m.Gradient != nil, m.Update != nil} {
		if has {
			n++
		}
	}
	return n
}

// targetGain is the cross-entropy of the student to the batch's mean target P̄, over the pairs of
// views that the loss compares, minus the loss. It is exactly 0 where all targets are equal.
func (c Config) targetGain(out Output) *graph.Node {
	logq := layer.LogSoftmax(graph.MulScalar(layer.Float32(out.StudentLogits), 1/c.TemperatureStudent))
	s, t, k := logq.Shape().Dim(0), out.TeacherProbs.Shape().Dim(0), logq.Shape().Dim(-1)
	share := make([]float32, s) // of the pairs that a student view is in
	for i := range share {
		share[i] = float32(t) / float32(s*t-min(s, t))
		if i < t {
			share[i] = float32(t-1) / float32(s*t-min(s, t))
		}
	}
	ofView := graph.ReduceSum(graph.Mul(graph.ReduceMean(logq, 1),
		graph.BroadcastToDims(BatchMean(out.TeacherProbs), s, k)), -1)
	shared := graph.Neg(graph.ReduceAllSum(graph.Mul(ofView, graph.Const(logq.Graph(), share))))
	return graph.Sub(shared, out.CrossEntropy)
}

// meanEntropy is H(P) of the targets in nats, mean over views and batch.
func meanEntropy(out Output) *graph.Node { return graph.ReduceAllMean(entropyOf(out.TeacherProbs)) }

func centerNorm(out Output) *graph.Node {
	if out.CenterUsed == nil {
		return graph.ScalarZero(out.CrossEntropy.Graph(), out.CrossEntropy.DType())
	}
	return graph.Sqrt(graph.ReduceAllSum(graph.Square(out.CenterUsed)))
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
