package trainer

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/layer"
)

// Rehearse builds and compiles the graphs of a step without running one, on variables that have shapes and no values: it finds all that
// the engine or the network refuses. views are the sides of an image's views, the global ones first. Of c it needs the engine, the model,
// the optimizer and the sizes of a batch; its store stays as it is. The store with the shapes is returned.
func Rehearse(c Config, views []int) (*model.Store, error) {
	c.Store = model.NewStore()
	c.Store.SetParam("/"+layer.ParamShapes, true)
	if err := c.Store.SetRNGStateFromSeed(0); err != nil {
		return nil, fmt.Errorf("trainer: %w", err)
	}
	s, err := newStepper(c)
	if err != nil {
		return nil, err
	}
	vector := shapes.Make(dtypes.Float32, dino.HyperSize)
	inputs := []shapes.Shape{vector}
	for _, side := range views {
		inputs = append(inputs, shapes.Make(dtypes.Float32, c.Batch/c.Accumulate, 3, side, side))
	}
	if c.Accumulate == 1 {
		return c.Store, compile(s.whole, inputs)
	}
	if err := compile(s.accumulate, inputs); err != nil {
		return nil, err
	}
	return c.Store, compile(s.apply, []shapes.Shape{vector})
}

func compile(exec *model.Exec, inputs []shapes.Shape) error {
	defer exec.Finalize()
	_, err := exec.Compile(inputs...)
	if err != nil {
		return fmt.Errorf("trainer: building the graph of a step: %w", err)
	}
	return nil
}
