// Package prometheus shows where a run stands to Prometheus, which asks for it over HTTP, in its
// [text format] of version 0.0.4.
//
// Tests: known answer, another parser (prometheus_client), bad input.
//
// [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/
package prometheus

import (
	"maps"
	"path/filepath"
	"sync"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// Exporter is an [observe.Observer] that keeps the newest numbers of a run, and a handler that
// shows them. What only some steps measure stays until it is measured again. Nothing is shown
// before the run starts. Its methods may be called by several goroutines.
type Exporter struct {
	observe.Nothing

	mu      sync.Mutex
	run     string
	table   measure.Table
	values  measure.Values
	counted counts
}

// counts are how far the run is.
type counts struct{ step, steps, epoch, epochs int }

// Started implements [observe.Observer].
func (e *Exporter) Started(s observe.Start) error {
	name := filepath.Base(s.Folder)
	if whole, err := filepath.Abs(s.Folder); err == nil {
		name = filepath.Base(whole)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.run, e.table, e.values = name, s.Measurements, measure.Values{}
	e.counted = counts{step: s.From, steps: s.Steps, epochs: s.Epochs}
	return nil
}

// Step implements [observe.Observer].
func (e *Exporter) Step(s observe.Step) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.Copy(e.values, s.Values)
	e.counted = counts{s.Number + 1, s.Steps, s.Epoch + 1, s.Epochs}
	return nil
}
