package features

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/weights/layout"
)

// Tokens computes what the teacher makes of the patches of images, with the weights that a store
// holds at the time.
type Tokens struct {
	exec       *model.Exec
	grid       [2]int
	size       int
	attention  bool
	unattended error
}

// Inside is what a network makes of the patches of an image, [Rows·Cols], row by row.
type Inside struct {
	Rows, Cols int
	Attention  []float32   // of the class token in the last block, mean of the heads; nil without
	Patches    eval.Matrix // [Rows·Cols, D], through the final norm
}

// NewTokens prepares the pass of a model whose backbone is the network that c describes.
func NewTokens(backend compute.Backend, store *model.Store, m *distill.Model, c nets.Config,
	p layout.Preprocessing,
) (*Tokens, error) {
	network, ok := m.Backbones.Teacher.(nets.Network)
	if !ok || c == nil {
		return nil, fmt.Errorf("features: the backbone shows its features alone, and no patches")
	}
	t := &Tokens{grid: c.Geometry().Grid([2]int{p.Size, p.Size}), size: p.Size}
	t.unattended = inference.CheckAttention(c)
	t.attention = t.unattended == nil
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		scope.Store().SetTraining(images.Graph(), false)
		at := scope.At("%s", m.Backbones.Scope).At("teacher")
		out := network.ForwardAll(at, precision.Convert(images, m.Precision), nets.Want{Attention: t.attention})
		patches := layer.Float32(out.Patches())
		if !t.attention {
			return []*graph.Node{patches}
		}
		class := graph.Squeeze(graph.Slice(layer.Float32(out.Attention), graph.AxisRange(), graph.AxisRange(),
			graph.AxisElem(0), graph.AxisRangeToEnd(out.Prefix)), 2) // [B, heads, N]
		return []*graph.Node{patches, graph.ReduceMean(class, 1)}
	})
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	t.exec = exec.WithName("dino.tokens")
	return t, nil
}

// Unattended says why the network has no attention of a class token; nil where it has.
func (t *Tokens) Unattended() error { return t.unattended }

// Close frees what the pass has compiled.
func (t *Tokens) Close() { t.exec.Finalize() }

// Rehearse is [Teacher.Rehearse] for this pass.
func (t *Tokens) Rehearse(batch int, planned func(compute.Executable) (int64, bool)) (int64, error) {
	return rehearse(t.exec, batch, [2]int{t.size, t.size}, planned)
}

// Of is what the network makes of each of some fixed images.
func (t *Tokens) Of(f Fixed) ([]Inside, error) {
	size := f.Preprocess.Size
	outputs, err := t.exec.Call(tensors.FromFlatDataAndDimensions(f.Pixels, len(f.Images), 3, size, size))
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	patches, err := tensors.CopyFlatData[float32](outputs[0])
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	var attention []float32
	if t.attention {
		if attention, err = tensors.CopyFlatData[float32](outputs[1]); err != nil {
			return nil, fmt.Errorf("features: %w", err)
		}
	}
	cells, width := t.grid[0]*t.grid[1], outputs[0].Shape().Dim(2)
	inside := make([]Inside, len(f.Images))
	for i := range inside {
		inside[i] = Inside{Rows: t.grid[0], Cols: t.grid[1], Patches: eval.Matrix{
			Rows: cells, Cols: width, Data: patches[i*cells*width : (i+1)*cells*width],
		}}
		if t.attention {
			inside[i].Attention = attention[i*cells : (i+1)*cells]
		}
	}
	return inside, nil
}
