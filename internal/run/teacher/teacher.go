// Package teacher writes what a run is for: the teacher's backbone as a file of weights that
// describes its network.
package teacher

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Save writes the teacher's backbone as the safetensors file path, whole or not at all, under
// timm's names and with a description of the network. store holds the variables of m; p is how
// images are prepared for the network. A model around a [distill.Backbone] of another kind than
// package vit's is an error: nothing could read it.
func Save(path string, m *distill.Model, store *model.Store, p layout.Preprocessing) error {
	if err := save(path, m, store, p); err != nil {
		return fmt.Errorf("saving %s: %w", path, err)
	}
	return nil
}

func save(path string, m *distill.Model, store *model.Store, p layout.Preprocessing) error {
	network := m.Network()
	if network == nil {
		return errors.New("the backbone is no transformer of package vit, which is what Load reads: " +
			"keep its variables, below /backbone/teacher of the store, with weights.Write")
	}
	if err := inference.CheckPreprocessing(network, p); err != nil {
		return err
	}
	tensors, err := variables.Export(store, "/backbone/teacher")
	if err != nil {
		return err
	}
	if len(tensors) == 0 {
		return errors.New("the store has no teacher: call Init of the model first")
	}
	metadata, err := layout.Metadata(network, p, nil)
	if err != nil {
		return err
	}
	metadata["encoder"] = m.Encoder
	return weights.Write(path, tensors, metadata)
}
