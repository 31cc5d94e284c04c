package export

import (
	"fmt"
	"maps"

	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// selection is what an export takes of a model.
type selection struct {
	Options
	model    *layout.Model
	vit      vit.Config                // the network: every format has names for this family alone
	backbone map[string]weights.Tensor // with Part Backbone: the one to write
}

// choose selects from a model what the options ask for.
func choose(m *layout.Model, o Options) (selection, error) {
	s := selection{Options: o, model: m, backbone: m.Teacher}
	if err := o.Validate(); err != nil {
		return s, err
	}
	var err error
	if s.vit, err = vit.Of(m.Network); err != nil {
		return s, fmt.Errorf("export: --to %s: %w", o.To, err)
	}
	if o.Student {
		if s.backbone = m.Student; s.backbone == nil {
			return s, fmt.Errorf("export: %s has no student: leave --student out", m.Path)
		}
	}
	if o.To == ONNX {
		if err := nets.CheckSize(m.Network, s.imageSize()); err != nil {
			return s, fmt.Errorf("export: --size: %w", err)
		}
	}
	return s, nil
}

// sets are the groups of tensors that are written.
func (s selection) sets() []map[string]weights.Tensor {
	if s.Part == Backbone {
		return []map[string]weights.Tensor{s.backbone}
	}
	sets := []map[string]weights.Tensor{s.model.Teacher, s.model.Student, s.model.TeacherHead, s.model.StudentHead}
	if s.model.Center != nil {
		sets = append(sets, map[string]weights.Tensor{"center": *s.model.Center})
	}
	return sets
}

func (s selection) count() int {
	n := 0
	for _, set := range s.sets() {
		n += len(set)
	}
	return n
}

func (s selection) parameters() int {
	n := 0
	for _, set := range s.sets() {
		for _, t := range set {
			n += t.Len()
		}
	}
	return n
}

// metadata is what our safetensors carry along: provenance, architecture and preprocessing.
func (s selection) metadata() (map[string]string, error) {
	var head *layout.Head
	if s.Part == Full {
		head = s.model.Head
	}
	own, err := layout.Metadata(s.model.Network, s.model.Preprocessing, head)
	if err != nil {
		return nil, err
	}
	out := s.origin()
	maps.Copy(out, own)
	return out, nil
}

// origin is what safetensors say that describe the network elsewhere: where it comes from.
func (s selection) origin() map[string]string {
	out := map[string]string{}
	maps.Copy(out, s.model.Provenance)
	out["format"], out["producer"] = "pt", "dino"
	return out
}

// prefixed adds a set of tensors to another under longer names.
func prefixed(to map[string]weights.Tensor, prefix string, set map[string]weights.Tensor) {
	for name, t := range set {
		to[prefix+name] = t
	}
}
