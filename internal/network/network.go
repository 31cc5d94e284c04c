// Package network runs a vision transformer whose weights lie in a file or folder: it opens them, and computes what is asked for of
// images of any size.
//
// Tests: golden (attention of the last block), property (one batch equals image by image, any order of sizes, concurrent calls), bad
// input.
package network

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/vit"
	"github.com/dino-go/dino/weights/layout"
)

// scope is where the backbone's variables lie in the store.
const scope = "backbone"

// Network is a vision transformer with its weights in an engine. It may be used by several goroutines at once.
type Network struct {
	layout.Description

	engine compute.Backend
	store  *model.Store
	vit    *vit.Model
}

// Open reads weights of any layout: the teacher's, where there are two networks. The file is closed again before it returns.
func Open(engine compute.Backend, path string, o layout.Options) (*Network, error) {
	source, err := layout.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	transformer, err := vit.New(source.ViT)
	if err != nil {
		return nil, fmt.Errorf("network: %s: %w", path, err)
	}
	n := &Network{Description: source.Description, engine: engine, store: model.NewStore(), vit: transformer.WithoutNoise()}
	if err := variables.Create(n.store, "/"+scope, source.Teacher); err != nil {
		return nil, fmt.Errorf("network: %s: %w", path, err)
	}
	return n, nil
}
