package inference

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

// Attention is what the last block of the network attends to in one image of Rows × Cols patches.
type Attention struct {
	Rows, Cols int
	Tokens     int         // of the image: class token and registers, if any, and then Rows·Cols patches
	Class      []float32   // [heads, Tokens], probabilities of the class token
	Patches    eval.Matrix // [Rows·Cols, D], patch tokens after the final norm
}

// CheckAttention reports a network that has no attention of a class token.
func CheckAttention(c nets.Config) error {
	switch parts := c.Outputs(); {
	case parts.Heads == 0:
		return fmt.Errorf("the network is of kind %s, which has no attention", c.Kind())
	case !parts.Class:
		return fmt.Errorf("the network has no class token, whose attention it would be")
	}
	return nil
}

// Attention computes the attention of the class token in a normalised image [C, height, width]. The
// network must have it: see [CheckAttention].
func (n *Network) Attention(ctx context.Context, pixels []float32, height, width int) (Attention, error) {
	if err := CheckAttention(n.Config); err != nil {
		return Attention{}, fmt.Errorf("backbone: %w", err)
	}
	pass := func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := n.network.ForwardAll(scope, images, nets.Want{Attention: true})
		class := graph.Slice(out.Attention, graph.AxisElem(0), graph.AxisRange(), graph.AxisElem(0))
		patches := out.Patches()
		return []*graph.Node{
			layer.Float32(graph.Reshape(class, n.Config.Outputs().Heads, -1)),
			layer.Float32(graph.Reshape(patches, -1, patches.Shape().Dim(2))),
		}
	}
	geometry := n.Config.Geometry()
	outputs, err := n.run(ctx, "attention", pass, pixels, [4]int{1, geometry.Channels, height, width})
	if err != nil {
		return Attention{}, err
	}
	grid := geometry.Grid([2]int{height, width})
	a := Attention{Rows: grid[0], Cols: grid[1], Tokens: outputs[0].Shape().Dim(1)}
	if a.Class, err = tensors.CopyFlatData[float32](outputs[0]); err != nil {
		return Attention{}, err
	}
	a.Patches, err = matrix(outputs[1])
	return a, err
}
