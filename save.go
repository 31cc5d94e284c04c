package dino

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/teacher"
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
	if err := teacher.Save(path, m, store, p); err != nil {
		return fmt.Errorf("dino: %w", err)
	}
	return nil
}
