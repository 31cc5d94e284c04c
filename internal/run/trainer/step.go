package trainer

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/schedule"
)

// stepper runs optimizer steps: as one graph, or, with several micro-batches, as one graph for each
// and one for the update.
type stepper struct {
	Config
	Learner
	whole      *model.Exec // a whole step
	accumulate *model.Exec // one micro-batch
	apply      *model.Exec // the update behind the micro-batches
}

func newStepper(c Config, l Learner) (*stepper, error) {
	s := &stepper{Config: c, Learner: l}
	input := func(in []*graph.Node) distill.Input {
		return distill.Input{Global: in[:c.Global], Local: in[c.Global:]}
	}
	build := func(name string, f func(*model.Scope, []*graph.Node) []*graph.Node) (*model.Exec, error) {
		exec, err := model.NewExec(l.Backend, l.Store, f)
		if err != nil {
			return nil, fmt.Errorf("trainer: %w", err)
		}
		return exec.WithName(name), nil
	}
	var err error
	if c.Accumulate == 1 {
		s.whole, err = build("dino.step", func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			_, m := l.Model.Step(scope, input(in[1:]), in[0], l.Optimizer)
			return m.Nodes()
		})
		return s, err
	}
	s.accumulate, err = build("dino.accumulate", func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		_, m := l.Model.Accumulate(scope, input(in[1:]), in[0])
		return m.Nodes()
	})
	if err != nil {
		return nil, err
	}
	s.apply, err = build("dino.apply", func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{l.Model.ApplyAccumulated(scope, in[0], l.Optimizer, c.Accumulate)}
	})
	return s, err
}

// run trains on a batch with the scheduled values of its step.
func (s *stepper) run(batch *loader.Batch, v schedule.Values) (metrics, error) {
	vector := tensors.FromValue(s.Optimizer.Vector(s.hyper(batch.Step, v)))
	if s.Accumulate == 1 {
		if err := s.seedNoise(batch.Step, 0); err != nil {
			return metrics{}, err
		}
		outputs, err := s.whole.Call(s.arguments(vector, batch, 0)...)
		if err != nil {
			return metrics{}, fmt.Errorf("trainer: step %d: %w", batch.Step, err)
		}
		return s.read(outputs), nil
	}
	return s.runAccumulated(batch, vector)
}

func (s *stepper) runAccumulated(batch *loader.Batch, vector *tensors.Tensor) (metrics, error) {
	mean := metrics{values: measure.Values{}}
	for i := range s.Accumulate {
		if err := s.seedNoise(batch.Step, i); err != nil {
			return metrics{}, err
		}
		outputs, err := s.accumulate.Call(s.arguments(vector, batch, i)...)
		if err != nil {
			return metrics{}, fmt.Errorf("trainer: step %d, micro-batch %d: %w", batch.Step, i, err)
		}
		m := s.read(outputs)
		if !m.finite() {
			return m, nil
		}
		mean.add(m, 1/float64(s.Accumulate))
	}
	outputs, err := s.apply.Call(vector)
	if err != nil {
		return metrics{}, fmt.Errorf("trainer: step %d, update: %w", batch.Step, err)
	}
	// of the whole batch, and no mean
	maps.Copy(mean.values, s.Model.MeasuredWhole(tensors.MustCopyFlatData[float32](outputs[0])))
	return mean, nil
}

// arguments are the inputs of a graph: the scheduled numbers and the views of one micro-batch.
func (s *stepper) arguments(vector *tensors.Tensor, batch *loader.Batch, micro int) []any {
	size := s.Batch / s.Accumulate
	args := []any{vector}
	for _, view := range batch.Views {
		pixels := len(view) / s.Batch // of one image, all channels
		side := int(math.Sqrt(float64(pixels / 3)))
		part := view[micro*size*pixels : (micro+1)*size*pixels]
		args = append(args, tensors.FromFlatDataAndDimensions(part, size, 3, side, side))
	}
	return args
}

// hyper packs the values of a step.
func (s *stepper) hyper(step int, v schedule.Values) distill.Hyper {
	return distill.Hyper{
		Values: v, Updates: s.Before.All + step + 1, LastLayer: s.Before.LastLayer + s.Plan.Unfrozen(step+1),
	}
}

// seedNoise makes the randomness inside the graph (stochastic depth) a function of (seed, step,
// micro-batch).
func (s *stepper) seedNoise(step, micro int) error {
	h := fnv.New64a()
	fmt.Fprintf(h, "noise/%d/%d/%d", s.Seed, step, micro)
	return s.Store.SetRNGStateFromSeed(int64(h.Sum64()))
}

// metrics are a step's [distill.Metrics] on the host.
type metrics struct {
	values      measure.Values
	finiteViews []float32
}

func (s *stepper) read(outputs []*tensors.Tensor) metrics {
	return metrics{
		values:      s.Model.Measured(tensors.MustCopyFlatData[float32](outputs[0])),
		finiteViews: tensors.MustCopyFlatData[float32](outputs[1]),
	}
}

// add adds a share of other to m.
func (m *metrics) add(other metrics, share float64) {
	for name, x := range other.values {
		m.values[name] += share * x
	}
	m.finiteViews = other.finiteViews
}

// finite tells whether the step may be kept.
func (m metrics) finite() bool {
	ok := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	return ok(m.values.Of(distill.Loss)) && ok(m.values.Of(distill.GradNorm))
}
