// Package modelcase has a small model of the method with its weights, for tests and examples. It is imported by tests only.
package modelcase

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/nets/vit"
)

// Small is a model for images of 16×16 pixels, its initial weights, and an engine.
func Small() (*distill.Model, *model.Store, model.Backend) {
	c := distill.DefaultConfig()
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(16, 8, 24, 2, 3)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 64
	m, err := distill.New(c)
	if err != nil {
		panic(err)
	}
	engine, err := backend.Open("go")
	if err != nil {
		panic(err)
	}
	store := model.NewStore()
	if err := m.Init(engine, store, 1, [4]int{1, 3, 16, 16}); err != nil {
		panic(err)
	}
	return m, store, engine
}
