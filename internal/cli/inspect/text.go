package inspect

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/nets/vit"
)

// text is the report for a person.
func (r *report) text() terminal.Text {
	var b terminal.Builder
	line := func(label, format string, args ...any) {
		b.Printf("%-14s %s\n", label, terminal.Sprintf(format, args...))
	}
	line("file", "%s", r.Path)
	if r.Layout == "" {
		line("layout", "not recognised: %s", r.Unrecognised)
	} else {
		r.textOfModel(line)
	}
	line("parameters", "%s in %d tensors", digits.Count(r.Parameters), len(r.Tensors))
	for _, p := range r.Parts {
		line("", "%s: %s in %d tensors", p.Name, digits.Count(p.Parameters), p.Tensors)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Provenance)) {
		line("says", "%s: %s", key, r.Provenance[key])
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	b.Printf("\n")
	r.textOfTensors(&b)
	return b.Text()
}

func (r *report) textOfModel(line func(label, format string, args ...any)) {
	line("layout", "%s", r.Layout)
	r.textOfNetwork(line)
	if h := r.Head; h != nil {
		line("head", "%s: %d layers, hidden %d, bottleneck %d, %d prototypes, batch norm %v", h.Kind, h.Layers,
			h.Hidden, h.Bottleneck, h.Prototypes, h.BatchNorm)
	}
	line("preprocessing", "%s", r.Preprocessing.String())
}

// textOfNetwork says what a network is in the terms of its family.
func (r *report) textOfNetwork(line func(label, format string, args ...any)) {
	a := r.Architecture
	if r.network.Kind() != vit.Kind {
		line("network", "%s of width %d, patches of %d: %v", r.network.Kind(), r.network.Width(),
			r.network.Geometry().Patch, a)
		return
	}
	native := r.network.Geometry().Native // height and width
	line("network", "vision transformer of width %v, %v blocks, %v heads, patches of %v, images of %d×%d pixels",
		a["embed_dim"], a["depth"], a["num_heads"], a["patch_size"], native[1], native[0])
	line("", "mlp ratio %v, swiglu %v, qkv bias %v, class token %v, registers %v, pooling %v", a["mlp_ratio"],
		a["swiglu"], a["qkv_bias"], a["class_token"], a["reg_tokens"], a["global_pool"])
	line("", "activation %v, last norm %v, post-norm %v, distillation token %v", a["activation"], a["norm"],
		a["post_norm"],
		a["dist_token"])
	line("", "layer scale %v, layer norm epsilon %v, position embedding resampled as %v", a["layer_scale"] != 0.0,
		a["layer_norm_eps"], a["pos_embed"])
}

func (r *report) textOfTensors(b *terminal.Builder) {
	for _, t := range r.Tensors {
		b.Printf("%-5s %-18s %s", t.DType, fmt.Sprint(t.Shape), t.Name)
		switch {
		case t.Part != "":
			b.Printf("  → %s %s", t.Part, t.As)
		case r.Layout != "":
			b.Printf("  left over%s", because(t.Why))
		}
		if s := t.Stats; s != nil {
			b.Printf("  %.4g … %.4g, mean %.4g, std %.4g", s.Min, s.Max, s.Mean, s.Std)
			if s.NonFinite > 0 {
				b.Printf(", %d non-finite", s.NonFinite)
			}
		}
		b.Printf("\n")
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}
