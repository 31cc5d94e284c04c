package inference

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/nets"
)

// Features says what is taken from the network for an image. The parts stand one after the other in
// the order of the fields.
type Features struct {
	Blocks  int  // class tokens of the last n blocks, each after the final norm, the oldest first
	Mean    bool // mean of the patch tokens of the last block, after the final norm
	GeM     bool // their generalised mean with p = 4, see [eval.GeM]
	Patches bool // a row for every patch token, row by row of the image; excludes the others
}

// FeatureNames are names that [ParseFeatures] takes; those of more blocks are written alike.
func FeatureNames() []string {
	return []string{"cls", "mean", "cls+mean", "cls+gem", "patches", "last-2", "last-4", "last-4+mean"}
}

// FeatureKinds lists what [ParseFeatures] takes.
const FeatureKinds = "cls, mean, cls+mean, cls+gem, last-N, last-N+mean (the class tokens of the last N " +
	"blocks) or patches"

// ParseFeatures reads the name of features.
func ParseFeatures(name string) (Features, error) {
	switch name {
	case "patches":
		return Features{Patches: true}, nil
	case "mean":
		return Features{Mean: true}, nil
	}
	first, pooled, more := strings.Cut(name, "+")
	f := Features{Blocks: 1, Mean: pooled == "mean", GeM: pooled == "gem"}
	valid := !more || f.Mean || f.GeM
	if number, ok := strings.CutPrefix(first, "last-"); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		valid, f.Blocks = valid && err == nil && n > 0, int(n)
	} else {
		valid = valid && first == "cls"
	}
	if !valid {
		return Features{}, fmt.Errorf("features are %q: must be %s%s", name, FeatureKinds,
			spelling.DidYouMean(name, FeatureNames()))
	}
	return f, nil
}

// String is the name that [ParseFeatures] reads.
func (f Features) String() string {
	var parts []string
	switch {
	case f.Patches:
		return "patches"
	case f.Blocks == 1:
		parts = append(parts, "cls")
	case f.Blocks > 1:
		parts = append(parts, fmt.Sprintf("last-%d", f.Blocks))
	}
	if f.Mean {
		parts = append(parts, "mean")
	}
	if f.GeM {
		parts = append(parts, "gem")
	}
	return strings.Join(parts, "+")
}

// Validate reports features that a network does not have.
func (f Features) Validate(c nets.Config) error {
	switch parts := c.Outputs(); {
	case f.Blocks > parts.Blocks:
		return fmt.Errorf("features are %q, but the network has %d blocks: must be at most last-%d", f, parts.Blocks,
			parts.Blocks)
	case f.Blocks > 1 && !parts.Class:
		return fmt.Errorf("features are %q, but the network has no class token: use mean or cls, which is its "+
			"pooled output", f)
	case f.Blocks == 0 && !f.Mean && !f.GeM && !f.Patches:
		return fmt.Errorf("features are empty: must be %s", FeatureKinds)
	}
	return nil
}

// Width is the number of columns.
func (f Features) Width(c nets.Config) int {
	parts := f.Blocks
	for _, part := range []bool{f.Mean, f.GeM, f.Patches} {
		if part {
			parts++
		}
	}
	return parts * c.Width()
}

// Rows is the number of rows that an image of a height and width has.
func (f Features) Rows(c nets.Config, height, width int) int {
	if !f.Patches {
		return 1
	}
	grid := c.Geometry().Grid([2]int{height, width})
	return grid[0] * grid[1]
}

// Features computes features of normalised images [B, C, height, width]: [B, Width], or [B·N,
// Width] for patches.
func (n *Network) Features(ctx context.Context, f Features, pixels []float32, height, width int) (eval.Matrix, error) {
	if err := f.Validate(n.Config); err != nil {
		return eval.Matrix{}, fmt.Errorf("backbone: %w", err)
	}
	channels := n.Config.Geometry().Channels
	batch := len(pixels) / (channels * height * width)
	pass := func(scope *model.Scope, images *graph.Node) []*graph.Node {
		return []*graph.Node{f.build(n.network, scope, images)}
	}
	outputs, err := n.run(ctx, "features."+f.String(), pass, pixels, [4]int{batch, channels, height, width})
	if err != nil {
		return eval.Matrix{}, err
	}
	return matrix(outputs[0])
}

// matrix copies a tensor [rows, columns].
func matrix(t *tensors.Tensor) (eval.Matrix, error) {
	values, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return eval.Matrix{}, fmt.Errorf("backbone: %w", err)
	}
	return eval.Matrix{Rows: t.Shape().Dim(0), Cols: t.Shape().Dim(1), Data: values}, nil
}

// build is the graph: images [B, C, H, W] → [rows, Width], in float32 from the final norm on.
func (f Features) build(network nets.Network, scope *model.Scope, images *graph.Node) *graph.Node {
	want := nets.Want{}
	if f.Blocks > 1 {
		want.LastBlocks = f.Blocks
	}
	out := network.ForwardAll(scope, images, want)
	if f.Patches {
		patches := layer.Float32(out.Patches())
		return graph.Reshape(patches, -1, patches.Shape().Dim(2))
	}
	var parts []*graph.Node
	if f.Blocks == 1 {
		parts = append(parts, layer.Float32(out.Features))
	}
	for _, block := range out.Blocks {
		parts = append(parts, graph.Squeeze(graph.Slice(layer.Float32(block), graph.AxisRange(), graph.AxisElem(0)), 1))
	}
	if f.Mean {
		parts = append(parts, graph.ReduceMean(layer.Float32(out.Patches()), 1))
	}
	if f.GeM {
		parts = append(parts, gem(layer.Float32(out.Patches())))
	}
	return graph.Concatenate(parts, 1)
}

// gem is [eval.GeM] with p = 4 of patches [B, N, D]: (mean of max(x, 1e-6)⁴)^¼.
func gem(patches *graph.Node) *graph.Node {
	x := graph.Square(graph.Square(graph.MaxScalar(patches, 1e-6)))
	return graph.Sqrt(graph.Sqrt(graph.ReduceMean(x, 1)))
}
