package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// word is what a name within a backbone means.
type word struct {
	name        string // timm's name; empty where the tensor is not needed
	slot, slots int    // which of how many parts that are put one below the other; 0 of 1 where it is whole
	why         string // why it is not needed
}

// whole is a tensor that is the model's as it is.
func whole(name string) word { return word{name: name, slots: 1} }

// dialect translates a name within a backbone. It knows no name that would change what the network
// computes.
type dialect func(inner string) (word, bool)

// backboneWords are the first segments of names that belong to a backbone, so that one that is
// unknown may not be left over.
var backboneWords = []string{
	"blocks", "patch_embed", "norm", "norm_pre", "fc_norm", "attn_pool", "embeddings",
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
		speak := dialect(timmWord)
		if r.hf {
			speak = hfWord
		}
		if err := p.translateRoot(r, part, speak); err != nil {
			return err
		}
	}
	return nil
}

// translateRoot makes recipes of the tensors below a root.
func (p *plan) translateRoot(r root, part string, speak dialect) error {
	slots := map[string][]string{} // sources by target
	var unknown []string
	for _, name := range p.source.Names() {
		inner, ok := strings.CutPrefix(name, r.prefix)
		if !ok {
			continue
		}
		w, ok := speak(inner)
		switch first, _, _ := strings.Cut(inner, "."); {
		case !ok && slices.Contains(backboneWords, first):
			unknown = append(unknown, fmt.Sprintf("%s %v", name, p.shape(name)))
		case !ok:
		case w.name == "":
			p.leave(name, w.why)
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

// add makes the recipe for a tensor from one source, or from several put one below the other.
func (p *plan) add(part, name string, from []string) error {
	shape := slices.Clone(p.shape(from[0]))
	for _, other := range from[1:] {
		if from[0] == "" || other == "" {
			return fmt.Errorf("%s is merged from query, key and value, of which only %s are there", name,
				strings.TrimSpace(strings.Join(from, " ")))
		}
		s := p.shape(other)
		if len(s) != len(shape) || len(s) == 0 || !slices.Equal(s[1:], shape[1:]) {
			return fmt.Errorf("%s %v and %s %v do not fit below each other", from[0], p.shape(from[0]), other, s)
		}
		shape[0] += s[0]
	}
	if from[0] == "" {
		return fmt.Errorf("%s is merged from query, key and value, of which only %s are there", name,
			strings.TrimSpace(strings.Join(from, " ")))
	}
	r := recipe{part: part, name: name, shape: shape, from: from}
	if len(from) > 1 {
		r.build = stack
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

// leave lists a tensor as not needed.
func (p *plan) leave(name, why string) {
	info, _ := p.source.Info(name)
	p.Report.LeftOver = append(p.Report.LeftOver, Tensor{Name: name, DType: info.DType, Shape: info.Shape, Why: why})
}
