package vit_test

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"
)

// A named variant, by the name that timm gives it.
func ExampleVariant() {
	c, err := vit.Variant("vit_small_patch16_224")
	if err != nil {
		panic(err)
	}
	fmt.Println(c.EmbedDim, c.Depth, c.NumHeads, c.Grid())
	// Output: 384 12 6 [14 14]
}

// A network of one's own, run on images of another size than its native one.
func ExampleModel_ForwardAll() {
	// 32×32 pixels, patches of 8, 2 blocks of width 48 with 3 heads
	network, err := vit.New(vit.Custom(32, 8, 48, 2, 3))
	if err != nil {
		panic(err)
	}
	engine, err := cpu.New("")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	store := model.NewStore() // the weights
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := network.ForwardAll(scope.At("encoder"), images, nets.Want{Attention: true})
		return []*graph.Node{out.Features, out.Patches(), out.Attention}
	})
	if err != nil {
		panic(err)
	}
	outputs, err := exec.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 2, 3, 16, 24)))
	if err != nil {
		panic(err)
	}
	for _, output := range outputs {
		fmt.Println(output.Shape())
	}
	fmt.Println(store.GetVariable("/encoder/blocks/0/attn/qkv/weight").Shape())
	// Output:
	// (Float32)[2, 48]
	// (Float32)[2, 6, 48]
	// (Float32)[2, 3, 7, 7]
	// (Float32)[144, 48]
}
