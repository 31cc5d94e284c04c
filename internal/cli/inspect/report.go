package inspect

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// report is the output: a contract, see docs/formats.md.
type report struct {
	Path          string                `json:"path"`
	Layout        string                `json:"layout"` // empty where it is not recognised
	Unrecognised  string                `json:"unrecognised,omitempty"`
	Architecture  map[string]any        `json:"architecture,omitempty"` // the options of model.vit
	Head          *head                 `json:"head,omitempty"`
	Parts         []part                `json:"parts"`
	Parameters    int                   `json:"parameters"` // elements of all tensors of the source
	Preprocessing *layout.Preprocessing `json:"preprocessing,omitempty"`
	Provenance    map[string]string     `json:"provenance"`
	Notes         []string              `json:"notes"`
	Tensors       []tensor              `json:"tensors"`
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
	r := &report{Path: in.Source.Path(), Parts: []part{}, Provenance: map[string]string{}, Notes: []string{}, Tensors: []tensor{}}
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
	r.Preprocessing = &d.Preprocessing
	text, err := yaml.Marshal(d.ViT)
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

func statistics(source weights.Source, name string) (*stats, error) {
	t, err := source.View(name)
	if err != nil {
		return nil, err
	}
	s, err := weights.Summarize(t)
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

// text is the report for a person.
func (r *report) text() string {
	var b strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", label, fmt.Sprintf(format, args...))
	}
	line("file", "%s", r.Path)
	if r.Layout == "" {
		line("layout", "not recognised: %s", r.Unrecognised)
	} else {
		r.textOfModel(line)
	}
	line("parameters", "%s in %d tensors", count(r.Parameters), len(r.Tensors))
	for _, p := range r.Parts {
		line("", "%s: %s in %d tensors", p.Name, count(p.Parameters), p.Tensors)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Provenance)) {
		line("says", "%s: %s", key, r.Provenance[key])
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	b.WriteString("\n")
	r.textOfTensors(&b)
	return b.String()
}

func (r *report) textOfModel(line func(label, format string, args ...any)) {
	a := r.Architecture
	line("layout", "%s", r.Layout)
	line("network", "vision transformer of width %v, %v blocks, %v heads, patches of %v, images of %v", a["embed_dim"], a["depth"], a["num_heads"], a["patch_size"], a["image_size"])
	line("", "mlp ratio %v, swiglu %v, qkv bias %v, class token %v, registers %v, pooling %v", a["mlp_ratio"], a["swiglu"], a["qkv_bias"], a["class_token"], a["reg_tokens"], a["global_pool"])
	line("", "layer scale %v, layer norm epsilon %v, position embedding resampled as %v", a["layer_scale"] != 0.0, a["layer_norm_eps"], a["pos_embed"])
	if h := r.Head; h != nil {
		line("head", "%s: %d layers, hidden %d, bottleneck %d, %d prototypes, batch norm %v", h.Kind, h.Layers, h.Hidden, h.Bottleneck, h.Prototypes, h.BatchNorm)
	}
	p := r.Preprocessing
	line("preprocessing", "%d pixels, the middle %.3g of the image, %s, mean %v, std %v", p.Size, p.CropFraction, p.Interpolation, p.Mean, p.Std)
}

func (r *report) textOfTensors(b *strings.Builder) {
	for _, t := range r.Tensors {
		fmt.Fprintf(b, "%-5s %-18s %s", t.DType, fmt.Sprint(t.Shape), t.Name)
		switch {
		case t.Part != "":
			fmt.Fprintf(b, "  → %s %s", t.Part, t.As)
		case r.Layout != "":
			fmt.Fprintf(b, "  left over%s", because(t.Why))
		}
		if s := t.Stats; s != nil {
			fmt.Fprintf(b, "  %.4g … %.4g, mean %.4g, std %.4g", s.Min, s.Max, s.Mean, s.Std)
			if s.NonFinite > 0 {
				fmt.Fprintf(b, ", %d not finite", s.NonFinite)
			}
		}
		b.WriteString("\n")
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// count writes a number of parameters in thousands or millions.
func count(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f million", math.Round(float64(n)/1e5)/10)
	case n >= 1e4:
		return fmt.Sprintf("%.1f thousand", math.Round(float64(n)/1e2)/10)
	}
	return fmt.Sprint(n)
}
