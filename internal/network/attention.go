package network

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/attnmap"
	"github.com/dino-go/dino/vit"
)

// Attention computes what a network looks at: the last block's attention of the class token, and the patch tokens. It may be used by
// several goroutines at once.
type Attention struct {
	pass       *Pass
	normalizer *augment.Normalizer
}

// AttentionMap is what an [Attention] finds in one image.
type AttentionMap struct {
	Image *augment.Image // as the network saw it: cut to whole patches
	Grid  attnmap.Grid
	Patch int         // side of a patch in pixels
	Heads [][]float32 // [heads][Rows·Cols]: how much of the class token's attention each patch gets
	// Tokens are the patch tokens after the final norm, [Rows·Cols, width].
	Tokens eval.Matrix
}

// NewAttention prepares the pass. The network must have a class token and take images of three channels.
func (n *Network) NewAttention() (*Attention, error) {
	if !n.ViT.ClassToken {
		return nil, fmt.Errorf("network: %s has no class token, whose attention could be shown", n.Path)
	}
	if n.ViT.InChannels != 3 {
		return nil, fmt.Errorf("network: %s takes images of %d channels: must be 3, red, green and blue", n.Path, n.ViT.InChannels)
	}
	pass := n.NewPass("dino.attention", vit.Want{Attention: true}, func(out vit.Output) []*graph.Node {
		class := graph.Slice(out.Attention, graph.AxisElem(0), graph.AxisRange(), graph.AxisElem(0)) // [1, heads, 1, T]
		return []*graph.Node{class, out.Patches()}
	})
	return &Attention{pass, augment.NewNormalizer(n.Preprocessing.Mean, n.Preprocessing.Std)}, nil
}

// Of returns the attention to an image at its own size, without the pixels at its bottom and right that fill no patch. Memory is
// about 4·heads·tokens² bytes, for tokens = Rows·Cols and a few.
func (a *Attention) Of(img *augment.Image) (*AttentionMap, error) {
	cut, grid, err := attnmap.Crop(img, a.pass.network.ViT.PatchSize)
	if err != nil {
		return nil, err
	}
	pixels := make([]float32, 3*cut.Height*cut.Width)
	a.normalizer.Into(pixels, cut)
	m, err := a.run(pixels, cut.Height, cut.Width, grid)
	if err != nil {
		return nil, err
	}
	m.Image = cut
	return m, nil
}

// run computes the map of normalised pixels [3, height, width].
func (a *Attention) run(pixels []float32, height, width int, grid attnmap.Grid) (*AttentionMap, error) {
	outputs, err := a.pass.Run(pixels, 1, height, width)
	if err != nil {
		return nil, err
	}
	config := a.pass.network.ViT
	m := &AttentionMap{Grid: grid, Patch: config.PatchSize, Tokens: eval.Matrix{Rows: grid.Patches(), Cols: config.EmbedDim}}
	class, err := tensors.CopyFlatData[float32](outputs[0])
	if err == nil {
		m.Tokens.Data, err = tensors.CopyFlatData[float32](outputs[1])
	}
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	m.Heads, err = attnmap.ClassAttention(class, config.NumHeads, 1, config.PrefixTokens()+grid.Patches(), grid)
	return m, err
}
