package onnx

import (
	"fmt"
	"maps"
	"math"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
)

const sqrt2 = math.Sqrt2

// Names of a model's input and outputs.
const (
	Images   = "images"   // [batch, C, height, width], normalised
	CLS      = "cls"      // [batch, D]: the class token after the final norm
	Features = "features" // [batch, D], in place of CLS where the features are anything else
	Patches  = "patches"  // [batch, N, D]: patch tokens in row-major order, after the final norm where there is one
)

// batch is the name of the dimension that may have any size.
const batch = "batch"

// Transformer is a vision transformer to write as a model.
type Transformer struct {
	Config   vit.Config
	Tensors  map[string]weights.Tensor // under timm's names
	Size     [2]int                    // height and width of the images in pixels
	Metadata map[string]string         // whatever a reader should know, such as the preprocessing
}

// New returns the model of a transformer. Every tensor is used, none may be missing or have another
// shape.
func New(t Transformer) (*Model, error) {
	if err := t.Config.Validate(); err != nil {
		return nil, err
	}
	c := t.Config
	grid := [2]int{t.Size[0] / c.PatchSize, t.Size[1] / c.PatchSize}
	b := &graphBuilder{
		builder:    builder{source: t.Tensors, used: map[string]bool{}, constant: map[string]bool{}},
		Config:     c,
		patches:    grid[0] * grid[1],
		tokens:     c.PrefixTokens() + grid[0]*grid[1],
		nativeRows: c.Grid()[0] * c.Grid()[1],
	}
	b.model.Name, b.model.Metadata = "vit", maps.Clone(t.Metadata)
	b.model.Inputs = []Value{{Images, []Dim{{Name: batch}, {Size: c.InChannels}, {Size: t.Size[0]}, {Size: t.Size[1]}}}}
	position, err := b.position(t.Size)
	if err != nil {
		return nil, err
	}
	x := b.addPosition(b.patchEmbed(), position)
	for i := range c.Depth {
		x = b.block(fmt.Sprintf("blocks.%d", i), x)
	}
	b.outputs(x)
	return b.finish()
}

// graphBuilder writes the parts of package vit, function for function, as operators.
type graphBuilder struct {
	builder
	vit.Config
	patches    int // N
	tokens     int // prefix + N
	nativeRows int // N at the native image size
}

// position is the name of the position embedding [1, P+N, D], resampled to the size of the images;
// an error if it cannot be.
func (b *graphBuilder) position(size [2]int) (string, error) {
	prefix := b.PrefixTokens()
	if b.NoEmbedClass {
		prefix = 0
	}
	const name = "pos_embed"
	native, ok := b.take(name, []int{1, prefix + b.nativeRows, b.EmbedDim})
	if !ok {
		native = make([]float32, (prefix+b.nativeRows)*b.EmbedDim) // reported by finish
	}
	values, err := b.ResamplePosEmbed(native, size)
	if err != nil {
		return "", err
	}
	b.initializer(name, weights.FromFloat32s([]int{1, prefix + b.patches, b.EmbedDim}, values))
	return name, nil
}

// patchEmbed is the convolution with kernel and stride p: images → [batch, N, D]. Surplus pixels
// are left out by its definition.
func (b *graphBuilder) patchEmbed() string {
	const name = "patch_embed"
	side := int64(b.PatchSize)
	kernel := b.weight("patch_embed.proj.weight", b.EmbedDim, b.InChannels, b.PatchSize, b.PatchSize)
	x := b.node("patch_embed.proj", "Conv", []string{Images, kernel, b.weight("patch_embed.proj.bias", b.EmbedDim)},
		Attribute{"kernel_shape", []int64{side, side}}, Attribute{"strides", []int64{side, side}})
	x = b.node("patch_embed.flatten", "Reshape", []string{x, b.ints(0, int64(b.EmbedDim), int64(b.patches))})
	return b.node(name, "Transpose", []string{x}, Attribute{"perm", []int64{0, 2, 1}})
}

// addPosition puts the class and register tokens in front of the patches and adds the position
// embedding.
func (b *graphBuilder) addPosition(x, position string) string {
	if b.NoEmbedClass {
		x = b.node("patches.position", "Add", []string{x, position})
	}
	if b.PrefixTokens() > 0 {
		n := b.node("batch", "Shape", []string{Images}, Attribute{"start", int64(0)}, Attribute{"end", int64(1)})
		shape := b.node("prefix.shape", "Concat", []string{n, b.ints(1, 1)}, Attribute{"axis", int64(0)})
		var parts []string
		expand := func(token string) {
			parts = append(parts, b.node(token+".expand", "Expand", []string{token, shape}))
		}
		if b.ClassToken {
			expand(b.weight("cls_token", 1, 1, b.EmbedDim))
		}
		if b.DistToken {
			expand(b.weight("dist_token", 1, 1, b.EmbedDim))
		}
		if b.RegTokens > 0 {
			expand(b.weight("reg_token", 1, b.RegTokens, b.EmbedDim))
		}
		x = b.node("tokens", "Concat", append(parts, x), Attribute{"axis", int64(1)})
	}
	if !b.NoEmbedClass {
		x = b.node("tokens.position", "Add", []string{x, position})
	}
	return x
}

// block is x += ls1∘attention(norm1(x)); x += ls2∘mlp(norm2(x)), or with the norms behind.
func (b *graphBuilder) block(name, x string) string {
	residual := func(branch, scale, sum string) {
		if b.LayerScale != 0 {
			branch = b.node(name+"."+scale, "Mul", []string{branch, b.weight(name+"."+scale+".gamma", b.EmbedDim)})
		}
		x = b.node(name+"."+sum, "Add", []string{x, branch})
	}
	norm := func(norm, x string, here bool) string {
		if !here {
			return x
		}
		return b.layerNorm(name+"."+norm, x, b.EmbedDim, b.LayerNormEps)
	}
	y := b.attention(name+".attn", norm("norm1", x, !b.PostNorm))
	residual(norm("norm1", y, b.PostNorm), "ls1", "residual1")
	y = b.mlp(name+".mlp", norm("norm2", x, !b.PostNorm))
	residual(norm("norm2", y, b.PostNorm), "ls2", "residual2")
	return x
}

// attention is softmax(q·kᵀ/√d)·v a head, then proj.
func (b *graphBuilder) attention(name, x string) string {
	heads, dim := int64(b.NumHeads), int64(b.EmbedDim/b.NumHeads)
	qkv := b.linear(name+".qkv", x, b.EmbedDim, 3*b.EmbedDim, b.QKVBias)
	parts := b.split(name+".split", "Split", []string{qkv}, []string{name + ".q", name + ".k", name + ".v"},
		Attribute{"axis", int64(-1)})
	head := func(part string, perm ...int64) string {
		x := b.node(part+".heads", "Reshape", []string{part, b.ints(0, int64(b.tokens), heads, dim)})
		return b.node(part+".transposed", "Transpose", []string{x}, Attribute{"perm", perm})
	}
	q, kT, v := head(parts[0], 0, 2, 1, 3), head(parts[1], 0, 2, 3, 1), head(parts[2], 0, 2, 1, 3)
	q = b.node(name+".q.scaled", "Mul", []string{q, b.scalar(1 / math.Sqrt(float64(dim)))})
	p := b.node(name+".softmax", "Softmax", []string{b.node(name+".logits", "MatMul", []string{q, kT})},
		Attribute{"axis", int64(-1)})
	y := b.node(name+".mix", "MatMul", []string{p, v})
	y = b.node(name+".mix.transposed", "Transpose", []string{y}, Attribute{"perm", []int64{0, 2, 1, 3}})
	y = b.node(name+".mix.tokens", "Reshape", []string{y, b.ints(0, int64(b.tokens), int64(b.EmbedDim))})
	return b.linear(name+".proj", y, b.EmbedDim, b.EmbedDim, true)
}

// mlp is fc2(act(fc1(x))), or with SwiGLU fc2(silu(a)∘b) where fc1(x) = (a, b).
func (b *graphBuilder) mlp(name, x string) string {
	hidden := b.MLPHidden()
	if b.SwiGLU {
		both := b.linear(name+".fc1", x, b.EmbedDim, 2*hidden, true)
		parts := b.split(name+".split", "Split", []string{both}, []string{name + ".gate", name + ".value"},
			Attribute{"axis", int64(-1)})
		silu := b.node(name+".silu", "Mul", []string{parts[0], b.node(name+".sigmoid", "Sigmoid", parts[:1])})
		x = b.node(name+".act", "Mul", []string{silu, parts[1]})
	} else {
		x = b.activation(name+".act", b.linear(name+".fc1", x, b.EmbedDim, hidden, true))
	}
	return b.linear(name+".fc2", x, hidden, b.EmbedDim, true)
}
