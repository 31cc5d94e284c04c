package dino

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// SaveTeacher writes the teacher's backbone as the safetensors file path, whole or not at all,
// under timm's names and with a description of the network: what a run of `dino pretrain` leaves as
// teacher.safetensors, and what [Load] reads. store holds the variables of m; p is how images are
// prepared for the network, [layout.ForCrop] for the size of the global views.
//
// It is for the vision transformers of package vit. A model around a [distill.Backbone] of one's
// own is an error: Load could not read it.
func SaveTeacher(path string, m *distill.Model, store *model.Store, p layout.Preprocessing) error {
	network := m.Network()
	if network == nil {
		return fmt.Errorf("dino: saving %s: the backbone is no transformer of package vit, which is what Load reads: "+
			"keep its variables, below /backbone/teacher of the store, with weights.Write", path)
	}
	if err := (&Encoder{Config: network, Preprocessing: p}).checkSize(); err != nil {
		return fmt.Errorf("dino: saving %s: %w", path, err)
	}
	tensors, err := variables.Export(store, "/backbone/teacher")
	if err != nil {
		return fmt.Errorf("dino: saving %s: %w", path, err)
	}
	if len(tensors) == 0 {
		return fmt.Errorf("dino: saving %s: the store has no teacher: call Init of the model first", path)
	}
	metadata, err := layout.Metadata(network, p, nil)
	if err != nil {
		return fmt.Errorf("dino: saving %s: %w", path, err)
	}
	metadata["encoder"] = m.Encoder
	return weights.Write(path, tensors, metadata)
}
