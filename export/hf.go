package export

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
)

// writeHF writes a folder that transformers loads with AutoModel and AutoImageProcessor:
// config.json, preprocessor_config.json and model.safetensors.
func writeHF(path string, s selection) ([]string, error) {
	config, err := newHFConfig(s.vit)
	if err != nil {
		return nil, err
	}
	tensors, err := hfTensors(s.vit, s.backbone)
	if err != nil {
		return nil, err
	}
	preprocessor, err := newHFPreprocessor(s.model.Preprocessing)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, err
	}
	for name, value := range map[string]any{
		"config.json":              config,
		"preprocessor_config.json": preprocessor,
	} {
		text, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return nil, err
		}
		if err := atomicfile.WriteFile(filepath.Join(path, name), append(text, '\n')); err != nil {
			return nil, err
		}
	}
	note := fmt.Sprintf("the folder holds a %s", config.Architectures[0])
	notes := []string{note}
	if s.model.Preprocessing.Processor == "" {
		notes = append(notes, "transformers' processor resizes images in an arithmetic of its own: pixels differ by a "+
			"grey level from those of dino, timm and Meta, and the crop by a pixel where its margins are odd")
	}
	return notes, weights.Write(filepath.Join(path, "model.safetensors"), tensors, s.origin())
}

// hfBlockNames maps timm's names below a block to those of transformers' ViTModel,
// "encoder.layer.N."; query, key and value are cut apart by [hfTensors].
var hfBlockNames = map[string]string{
	"norm1": "layernorm_before", "norm2": "layernorm_after", "attn.qkv": "attention.attention",
	"attn.proj": "attention.output.dense",
	"mlp.fc1":   "intermediate.dense", "mlp.fc2": "output.dense",
}

// dinov2BlockNames are those of Dinov2Model, where they differ.
var dinov2BlockNames = map[string]string{
	"norm1": "norm1", "norm2": "norm2", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2", "ls1.gamma": "layer_scale1.lambda1",
	"ls2.gamma": "layer_scale2.lambda1",
}

// swigluBlockNames are those of Dinov2Model with a gated MLP.
var swigluBlockNames = map[string]string{"mlp.fc1": "mlp.weights_in", "mlp.fc2": "mlp.weights_out"}

// hfNames maps the other names.
var hfNames = map[string]string{
	"cls_token": "embeddings.cls_token", "reg_token": "embeddings.register_tokens",
	"pos_embed":               "embeddings.position_embeddings",
	"patch_embed.proj.weight": "embeddings.patch_embeddings.projection.weight",
	"patch_embed.proj.bias":   "embeddings.patch_embeddings.projection.bias",
	"norm.weight":             "layernorm.weight", "norm.bias": "layernorm.bias",
}

// blockName takes a name apart: block, module and parameter. LayerScale factors are modules without
// parameter.
var blockName = regexp.MustCompile(`^blocks\.(\d+)\.(.+?)(\.weight|\.bias)?$`)

// hfTensors gives a backbone transformers' names, and cuts query, key and value apart.
func hfTensors(c vit.Config, backbone map[string]weights.Tensor) (map[string]weights.Tensor, error) {
	backbone, err := withClassEmbedding(c, backbone)
	if err != nil {
		return nil, err
	}
	out := map[string]weights.Tensor{}
	if isDINOv2(c) {
		out["embeddings.mask_token"] = weights.FromFloat32s([]int{1, c.EmbedDim}, make([]float32, c.EmbedDim))
	}
	for name, t := range backbone {
		if hf, ok := hfNames[name]; ok {
			out[hf] = t
			continue
		}
		parts := blockName.FindStringSubmatch(name)
		if parts == nil {
			return nil, fmt.Errorf("transformers' models have no tensor like %s %v", name, t.Shape)
		}
		prefix, parameter := "encoder.layer."+parts[1]+".", parts[3]
		module, ok := hfModule(c, parts[2])
		if !ok {
			return nil, fmt.Errorf("transformers' models have no tensor like %s %v", name, t.Shape)
		}
		if parts[2] != "attn.qkv" {
			out[prefix+module+parameter] = t
			continue
		}
		third := len(t.Data) / 3
		for i, part := range []string{"query", "key", "value"} {
			shape := append([]int{c.EmbedDim}, t.Shape[1:]...)
			out[prefix+module+"."+part+parameter] = weights.Tensor{
				DType: t.DType, Shape: shape,
				Data: t.Data[i*third : (i+1)*third],
			}
		}
	}
	if isDINOv2(c) && c.LayerScale == 0 {
		for i := range c.Depth {
			for _, name := range []string{"layer_scale1", "layer_scale2"} {
				out[fmt.Sprintf("encoder.layer.%d.%s.lambda1", i, name)] = ones(c.EmbedDim)
			}
		}
	}
	return out, nil
}

// hfModule returns transformers' name of a module of a block.
func hfModule(c vit.Config, module string) (string, bool) {
	tables := []map[string]string{hfBlockNames}
	if isDINOv2(c) {
		tables = append([]map[string]string{dinov2BlockNames}, tables...)
	}
	if c.SwiGLU {
		tables = append([]map[string]string{swigluBlockNames}, tables...)
	}
	for _, table := range tables {
		if name, ok := table[module]; ok {
			return name, true
		}
	}
	return "", false
}

// dinov2Ratio is the option mlp_ratio of Dinov2Config, a whole number, for a hidden width of the
// MLP. The gated MLP has ⅔ of the width that it names, rounded up to a multiple of 8.
func dinov2Ratio(c vit.Config) (int, error) {
	for ratio := 1; ratio <= 64; ratio++ {
		hidden := c.EmbedDim * ratio
		if c.SwiGLU {
			hidden = (hidden*2/3 + 7) / 8 * 8
		}
		if hidden == c.MLPHidden() {
			return ratio, nil
		}
	}
	return 0, fmt.Errorf("the hidden width of the MLP is %d: transformers' Dinov2 has a whole multiple of embed_dim "+
		"(%d), or with SwiGLU ⅔ of one", c.MLPHidden(), c.EmbedDim)
}
