package console

import (
	"maps"
	"math"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/observe"
)

// JSONLines is an observer for programs: an object a line, each with its event. Values are exact.
type JSONLines struct {
	observe.Nothing
	printer *progress.Printer
	line    statusLine
}

func (j *JSONLines) event(name string, fields progress.Fields) error {
	j.printer.Event(name, fields, "")
	return nil
}

// Note prints the event note.
func (j *JSONLines) Note(n observe.Note) error {
	return j.event("note", progress.Fields{"text": n.String()})
}

// Warning prints an event of the warning's name, or the event note.
func (j *JSONLines) Warning(w observe.Warning) error {
	if w.Name == "" {
		return j.event("note", progress.Fields{"text": "warning: " + w.String()})
	}
	fields := progress.Fields{"step": w.Step, "kind": w.Kind}
	maps.Copy(fields, w.Fields)
	return j.event(w.Name, fields)
}

// Started prints the event start.
func (j *JSONLines) Started(s observe.Start) error {
	j.line = newStatusLine(s)
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(s.Config), &tree); err != nil {
		return err
	}
	baselines := observe.Baselines{Untrained: math.NaN(), Pixels: math.NaN()} // null
	if s.Baselines != nil {
		baselines = *s.Baselines
	}
	return j.event("start", progress.Fields{
		"data": s.Data, "network": s.Network, "parameters": s.Parameters, "batch": s.Batch, "epochs": s.Epochs,
		"prototypes": s.Prototypes, "global_crops": s.Global.Number, "global_size": s.Global.Size,
		"local_crops": s.Local.Number, "local_size": s.Local.Size, "memory": s.Memory, "memory_free": s.MemoryThere,
		"config": tree, "engine": s.Engine, "images": s.Images, "held_out": s.HeldOut, "classes": s.Classes,
		"steps": s.Steps, "from_step": s.From,
		"knn_untrained": baselines.Untrained, "knn_pixels": baselines.Pixels,
	})
}

// Estimated prints the event estimate.
func (j *JSONLines) Estimated(e observe.Estimate) error {
	return j.event("estimate", progress.Fields{
		"left_s": math.Round(e.Left.Seconds()), "images_per_s": e.ImagesPerSecond, "steps": e.Steps,
	})
}

// Progressed prints the event count, unless one was printed a moment ago.
func (j *JSONLines) Progressed(p observe.Progress) error {
	j.printer.Count(progress.Count{Done: p.Done, Total: p.Total, What: p.What})
	return nil
}

// Measured prints the event baselines.
func (j *JSONLines) Measured(b observe.Baselines) error {
	return j.event("baselines", progress.Fields{
		"knn_untrained": b.Untrained, "knn_pixels": b.Pixels, "bank": b.Bank, "queries": b.Queries,
	})
}

// Score prints the event knn.
func (j *JSONLines) Score(s observe.Score) error {
	return j.event("knn", progress.Fields{
		"epoch": s.Epoch, "knn": s.KNN, "untrained": s.Untrained, "pixels": s.Pixels, "best": s.Best,
	})
}

// Step prints the event step, unless one was printed a moment ago.
func (j *JSONLines) Step(s observe.Step) error {
	j.printer.Step(j.line.status(s))
	return nil
}

// Done prints the event done.
func (j *JSONLines) Done(d observe.Done) error {
	fields := progress.Fields{"steps": d.Steps, "teacher": d.Teacher, "bad_images": d.BadImages}
	if d.LastTeacher != "" {
		fields["teacher_last"] = d.LastTeacher
	}
	if s := d.Scores; s != nil {
		fields["knn"], fields["knn_best"] = s.KNN, s.Best
		fields["knn_untrained"], fields["knn_pixels"] = s.Untrained, s.Pixels
	}
	if r := d.Rank; r != nil {
		fields["rankme"], fields["rankme_untrained"], fields["rankme_images"] = r.After, r.Before, r.Images
	}
	return j.event("done", fields)
}
