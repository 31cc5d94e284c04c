package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// target is the tensor of the model that a tensor of the source becomes.
type target struct {
	name        string // timm's name; empty where the model has no such tensor
	slot, slots int    // part slot of slots, concatenated along the first axis; 0 of 1 for all of it
	why         string // what the tensor is, where the model has none
}

// whole is the target of a tensor that needs no concatenation.
func whole(name string) target { return target{name: name, slots: 1} }

// translation returns the target of a tensor by its name below the backbone's prefix; false for an
// unknown name. A name is known only if timm's VisionTransformer computes the same with that
// tensor.
type translation func(inner string) (target, bool)

// backboneSegments are the first segments of the names in a backbone: an unknown name that begins
// with one of them is an error, any other is left over.
var backboneSegments = []string{
	"blocks", "layers", "patch_embed", "norm", "norm_pre", "fc_norm", "attn_pool", "embeddings",
	"encoder", "layernorm", "rope", "pos_embed", "cls_token",
}

// translate finds the recipes of all backbones.
func (p *plan) translate(roots []root) error {
	for i, r := range roots {
		part := PartStudent
		if i == 0 {
			part = PartTeacher
			if r.role == roleStudent {
				p.note("the source has a student and no teacher; it is taken in its place")
			}
		}
		targetOf := translation(timmTarget)
		if r.hf {
			targetOf = hfTarget
		}
		if err := p.translateRoot(r, part, targetOf); err != nil {
			return err
		}
	}
	return nil
}

// translateRoot makes recipes of the tensors below a root.
func (p *plan) translateRoot(r root, part string, targetOf translation) error {
	slots := map[string][]string{} // sources by target
	var unknown []string
	for _, name := range p.source.Names() {
		inner, ok := strings.CutPrefix(name, r.prefix)
		if !ok {
			continue
		}
		w, ok := targetOf(inner)
		switch first, _, _ := strings.Cut(inner, "."); {
		case !ok && slices.Contains(backboneSegments, first):
			unknown = append(unknown, fmt.Sprintf("%s %v", name, p.shape(name)))
		case !ok:
		case w.name == "":
			p.skip(name, w.why)
		default:
			if slots[w.name] == nil {
				slots[w.name] = make([]string, w.slots)
			}
			if len(slots[w.name]) != w.slots || slots[w.name][w.slot] != "" {
				return fmt.Errorf("%s and %s are both %s", name, strings.Join(slots[w.name], " "), w.name)
			}
			slots[w.name][w.slot] = name
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%d tensors of the backbone belong to no vision transformer that is known here: %s",
			len(unknown), sample(unknown))
	}
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		if err := p.add(part, name, slots[name]); err != nil {
			return err
		}
	}
	return nil
}

// add makes the recipe for a tensor of the model from one tensor of the source, or from several
// that are concatenated along the first axis.
func (p *plan) add(part, name string, from []string) error {
	shape := slices.Clone(p.shape(from[0]))
	for _, other := range from[1:] {
		if from[0] == "" || other == "" {
			return fmt.Errorf("%s is merged from %d parts, of which only %s are there", name, len(from),
				strings.TrimSpace(strings.Join(from, " ")))
		}
		s := p.shape(other)
		if len(s) != len(shape) || len(s) == 0 || !slices.Equal(s[1:], shape[1:]) {
			return fmt.Errorf("%s %v and %s %v cannot be concatenated along the first axis", from[0],
				p.shape(from[0]), other, s)
		}
		shape[0] += s[0]
	}
	if from[0] == "" {
		return fmt.Errorf("%s is merged from %d parts, of which only %s are there", name, len(from),
			strings.TrimSpace(strings.Join(from, " ")))
	}
	r := recipe{part: part, name: name, shape: shape, from: from}
	if len(from) > 1 {
		r.build = concatenate
	}
	p.recipes = append(p.recipes, r)
	return nil
}

// shape is that of a tensor of the source.
func (p *plan) shape(name string) []int {
	info, _ := p.source.Info(name)
	return info.Shape
}

// recipeFor returns the recipe of a tensor, nil if there is none.
func (p *plan) recipeFor(part, name string) *recipe {
	for i := range p.recipes {
		if p.recipes[i].part == part && p.recipes[i].name == name {
			return &p.recipes[i]
		}
	}
	return nil
}

// skip lists a tensor of the source that the model does not need, and what it is.
func (p *plan) skip(name, why string) {
	info, _ := p.source.Info(name)
	p.Report.LeftOver = append(p.Report.LeftOver, Tensor{Name: name, DType: info.DType, Shape: info.Shape, Why: why})
}
