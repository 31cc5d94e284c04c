package inference

import (
	"context"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets/vit"
)

// Attention is what the last block of the network attends to in one image of Rows × Cols patches.
type Attention struct {
	Rows, Cols int
	Tokens     int         // of the image: class token and registers, if any, and then Rows·Cols patches
	Class      []float32   // [heads, Tokens], probabilities of the class token
	Patches    eval.Matrix // [Rows·Cols, D], patch tokens after the final norm
}

// Attention computes the attention of the class token in a normalised image [C, height, width]. The
// network must have a class token.
func (n *Network) Attention(ctx context.Context, pixels []float32, height, width int) (Attention, error) {
	pass := func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := n.transformer.ForwardAll(scope, images, vit.Want{Attention: true})
		class := graph.Slice(out.Attention, graph.AxisElem(0), graph.AxisRange(), graph.AxisElem(0))
		patches := out.Patches()
		return []*graph.Node{
			layer.Float32(graph.Reshape(class, n.Config.NumHeads, -1)),
			layer.Float32(graph.Reshape(patches, -1, patches.Shape().Dim(2))),
		}
	}
	outputs, err := n.run(ctx, "attention", pass, pixels, [4]int{1, n.Config.InChannels, height, width})
	if err != nil {
		return Attention{}, err
	}
	a := Attention{
		Rows: height / n.Config.PatchSize, Cols: width / n.Config.PatchSize,
		Tokens: outputs[0].Shape().Dim(1),
	}
	if a.Class, err = tensors.CopyFlatData[float32](outputs[0]); err != nil {
		return Attention{}, err
	}
	a.Patches, err = matrix(outputs[1])
	return a, err
}
