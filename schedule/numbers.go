package schedule

import (
	"slices"

	"github.com/dino-go/dino/measure"
)

// Values are the scheduled numbers of one optimizer step. [Numbers] lists them.
type Values struct {
	LR              float64 // learning rate
	WeightDecay     float64
	Momentum        float64 // teacher ← Momentum·teacher + (1 − Momentum)·student
	TeacherTemp     float64 // temperature of the teacher's softmax
	FreezeLastLayer bool    // the prototypes are skipped by the optimizer
}

// Number is a scheduled number: what it is, and where [Values] have it.
type Number struct {
	measure.Measurement
	Of func(Values) float64
}

// numbers are the numbers of [Values], in the order in which a run writes them down.
var numbers = []Number{
	{
		measure.Measurement{Name: "lr", Group: "schedule", Doc: "learning rate"},
		func(v Values) float64 { return v.LR },
	},
	{
		measure.Measurement{Name: "weight_decay", Group: "schedule", Doc: "weight decay"},
		func(v Values) float64 { return v.WeightDecay },
	},
	{
		measure.Measurement{Name: "momentum", Group: "schedule", Doc: "coefficient of the teacher's moving average"},
		func(v Values) float64 { return v.Momentum },
	},
	{
		measure.Measurement{Name: "teacher_temp", Group: "schedule", Doc: "temperature of the teacher's softmax"},
		func(v Values) float64 { return v.TeacherTemp },
	},
}

// Numbers lists the scheduled numbers. What carries them into a step and what writes them down
// follow this list; whether the last layer is frozen is no number and not in it.
func Numbers() []Number { return slices.Clone(numbers) }

// Measurements describes the scheduled numbers.
func Measurements() measure.Table {
	var table measure.Table
	for _, n := range numbers {
		table = append(table, n.Measurement)
	}
	return table
}

// Measured returns the numbers by name.
func (v Values) Measured() measure.Values {
	values := measure.Values{}
	for _, n := range numbers {
		values.Set(n.Measurement, n.Of(v))
	}
	return values
}
