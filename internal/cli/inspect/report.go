package inspect

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// report is the output: a contract, see docs/formats.md.
type report struct {
	Path          string                `json:"path"`
	Layout        string                `json:"layout"` // empty where it is not recognised
	Unrecognised  string                `json:"unrecognised,omitempty"`
	Architecture  map[string]any        `json:"architecture,omitempty"` // the options of the network, such as model.vit
	Head          *head                 `json:"head,omitempty"`
	Parts         []part                `json:"parts"`
	Parameters    int                   `json:"parameters"` // elements of all tensors of the source
	Preprocessing *layout.Preprocessing `json:"preprocessing,omitempty"`
	Provenance    map[string]string     `json:"provenance"`
	Notes         []string              `json:"notes"`
	Tensors       []tensor              `json:"tensors"`

	network nets.Config // nil where the layout is not recognised
}

type head struct {
	Kind       string `json:"kind"`
	Layers     int    `json:"layers"`
	Hidden     int    `json:"hidden"`
	Bottleneck int    `json:"bottleneck"`
	Prototypes int    `json:"prototypes"`
	BatchNorm  bool   `json:"batch_norm"`
}

// part is a part of the model, such as the teacher.
type part struct {
	Name       string `json:"name"`
	Tensors    int    `json:"tensors"`
	Parameters int    `json:"parameters"`
}

// tensor is a tensor of the source.
type tensor struct {
	Name  string `json:"name"`
	DType string `json:"dtype"`
	Shape []int  `json:"shape"`
	Part  string `json:"part,omitempty"` // of the model, empty where it is left over
	As    string `json:"as,omitempty"`   // its name there
	Why   string `json:"why,omitempty"`  // what one that is left over is
	Stats *stats `json:"stats,omitempty"`
}

type stats struct {
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Mean      float64 `json:"mean"`
	Std       float64 `json:"std"`
	NonFinite int     `json:"non_finite"`
}

func newReport(in *layout.Inspection, withStats bool) (*report, error) {
	r := &report{
		Path: in.Source.Path(), Parts: []part{}, Provenance: map[string]string{}, Notes: []string{},
		Tensors: []tensor{},
	}
	if in.Description == nil {
		r.Unrecognised, r.Provenance = in.Unrecognised.Error(), in.Source.Metadata()
	} else if err := r.describe(*in.Description); err != nil {
		return nil, err
	}
	uses := map[string]tensor{}
	if in.Description != nil {
		uses = usesByName(in.Report)
	}
	for _, name := range in.Source.Names() {
		info, _ := in.Source.Info(name)
		t := uses[name]
		t.Name, t.DType, t.Shape = name, info.DType, info.Shape
		r.Parameters += elements(info.Shape)
		if withStats {
			var err error
			if t.Stats, err = statistics(in.Source, name); err != nil {
				return nil, err
			}
		}
		r.Tensors = append(r.Tensors, t)
	}
	return r, nil
}

// usesByName tells of every tensor of the source what it is used for, or why it is not.
func usesByName(report layout.Report) map[string]tensor {
	uses := map[string]tensor{}
	for _, u := range report.Used {
		for _, name := range u.From {
			if _, ok := uses[name]; !ok || len(u.From) == 1 {
				uses[name] = tensor{Part: u.Part, As: u.Name}
			}
		}
	}
	for _, t := range report.LeftOver {
		uses[t.Name] = tensor{Why: t.Why}
	}
	return uses
}

func (r *report) describe(d layout.Description) error {
	r.Path, r.Layout, r.Provenance, r.Notes = d.Path, d.Layout, d.Provenance, append(r.Notes, d.Notes...)
	r.Preprocessing, r.network = &d.Preprocessing, d.Network
	text, err := yaml.Marshal(d.Network)
	if err == nil {
		err = yaml.Unmarshal(text, &r.Architecture)
	}
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	if h := d.Head; h != nil {
		r.Head = &head{h.Kind, h.Layers, h.Hidden, h.Bottleneck, h.Prototypes, h.BatchNorm}
	}
	for _, u := range d.Report.Used {
		if n := len(r.Parts); n == 0 || r.Parts[n-1].Name != u.Part {
			r.Parts = append(r.Parts, part{Name: u.Part})
		}
		p := &r.Parts[len(r.Parts)-1]
		p.Tensors++
		p.Parameters += elements(u.Shape)
	}
	return nil
}

// statistics are those of a tensor; nil for one whose elements are not read as numbers.
func statistics(source weights.Source, name string) (*stats, error) {
	t, err := source.View(name)
	if err != nil {
		return nil, err
	}
	s, err := weights.Summarize(t)
	if errors.Is(err, weights.ErrElementType) {
		return nil, nil // it is listed without
	}
	if err != nil {
		return nil, fmt.Errorf("inspect: tensor %s: %w", name, err)
	}
	return &stats{s.Min, s.Max, s.Mean, s.Std, s.NonFinite}, nil
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
