package trainer

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/layer"
)

// Rehearsal is what is learned without a step: the variables of a run with their shapes, and the
// bytes that its steps take.
type Rehearsal struct {
	Store *model.Store

	State int64 // variables: weights of student and teacher, moments, center, sums of gradients
	Step  int64 // beside them, while a step is computed; 0 where the engine does not say
}

// Rehearse builds and compiles the graphs of a step without running one, on variables that have
// shapes and no values: it finds all that the engine or the network refuses, and what a step takes.
// views are the sides of an image's views, the global ones first. planned tells what an executable
// of the engine takes. Of c it needs the sizes of a batch; the store of l stays as it is.
func Rehearse(c Config, l Learner, views []int, planned func(compute.Executable) (int64, bool)) (Rehearsal, error) {
	l.Store = model.NewStore()
	l.Store.SetParam("/"+layer.ParamShapes, true)
	if err := l.Store.SetRNGStateFromSeed(0); err != nil {
		return Rehearsal{}, fmt.Errorf("trainer: %w", err)
	}
	s, err := newStepper(c, l)
	if err != nil {
		return Rehearsal{}, err
	}
	vector := distill.VectorShape()
	inputs := []shapes.Shape{vector}
	for _, side := range views {
		inputs = append(inputs, shapes.Make(dtypes.Float32, c.Batch/c.Accumulate, 3, side, side))
	}
	m := Rehearsal{Store: l.Store}
	if c.Accumulate == 1 {
		m.Step, err = compile(s.whole, inputs, planned)
	} else if m.Step, err = compile(s.accumulate, inputs, planned); err == nil {
		var update int64
		update, err = compile(s.apply, []shapes.Shape{vector}, planned)
		m.Step += update // an executable keeps what it has taken
	}
	for v := range l.Store.IterVariables() {
		m.State += int64(v.Shape().ByteSize())
	}
	return m, err
}

func compile(exec *model.Exec, inputs []shapes.Shape, planned func(compute.Executable) (int64, bool)) (int64, error) {
	defer exec.Finalize()
	g, err := exec.Compile(inputs...)
	if err != nil {
		return 0, fmt.Errorf("trainer: building the graph of a step: %w", err)
	}
	taken, _ := planned(g.Executable())
	for _, input := range inputs {
		taken += int64(input.ByteSize())
	}
	return taken, nil
}
