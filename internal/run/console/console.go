package console

import (
	"maps"
	"math"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// New returns the observer that shows a run in a printer's mode. Close the printer at the end of
// the run: after an error a status may be drawn.
func New(printer *progress.Printer) observe.Observer {
	switch printer.Mode() {
	case progress.JSON:
		return &JSONLines{printer: printer}
	case progress.Quiet:
		return observe.Nothing{}
	}
	return &Text{printer: printer}
}

// statusLine makes the status of a run from its steps.
type statusLine struct {
	shown      []measure.Measurement
	maxEntropy float64 // ln K, that of a uniform teacher
}

func newStatusLine(s observe.Start) statusLine {
	return statusLine{s.Measurements.Shown(), math.Log(float64(s.Prototypes))}
}

// status is where a run stands after a step. Its speed is the smoothed one.
func (l statusLine) status(s observe.Step) progress.Status {
	values := maps.Clone(s.Values)
	maps.Copy(values, s.Smoothed)
	numbers := []progress.Number{{Name: "max_entropy", Value: l.maxEntropy}}
	for _, m := range l.shown {
		x := values.Of(m)
		numbers = append(numbers, progress.Number{Name: m.Name, Value: x, Text: m.Status.Text(x)})
	}
	return progress.Status{
		Step: s.Number + 1, Steps: s.Steps, Epoch: s.Epoch + 1, Epochs: s.Epochs, Left: s.Left, Numbers: numbers,
	}
}
