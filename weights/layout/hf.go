package layout

import (
	"slices"
	"strings"
)

// hfTop maps transformers' names outside the layers to timm's.
var hfTop = map[string]string{
	"embeddings.cls_token":                          "cls_token",
	"embeddings.position_embeddings":                "pos_embed",
	"embeddings.register_tokens":                    "reg_token",
	"embeddings.distillation_token":                 "dist_token",
	"embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight",
	"embeddings.patch_embeddings.projection.bias":   "patch_embed.proj.bias",
	"layernorm.weight":                              "norm.weight",
	"layernorm.bias":                                "norm.bias",
}

// hfLayer maps the modules of a layer to timm's, those of ViTModel and DeiTModel first, then those
// of Dinov2Model.
var hfLayer = map[string]string{
	"layernorm_before": "norm1", "norm1": "norm1",
	"attention.output.dense": "attn.proj", "attention.o_proj": "attn.proj",
	"layernorm_after": "norm2", "norm2": "norm2",
	"intermediate.dense": "mlp.fc1", "mlp.fc1": "mlp.fc1", "mlp.weights_in": "mlp.fc1",
	"output.dense": "mlp.fc2", "mlp.fc2": "mlp.fc2", "mlp.weights_out": "mlp.fc2", "mlp.down_proj": "mlp.fc2",
}

// hfMerged are modules of a layer that timm has as one: their rows are concatenated in this order.
// Each has the names of files, and those of transformers 5 in memory.
var hfMerged = []struct {
	timm  string
	parts []string
}{
	{"attn.qkv", []string{"attention.attention.query", "attention.attention.key", "attention.attention.value"}},
	{"attn.qkv", []string{"attention.q_proj", "attention.k_proj", "attention.v_proj"}},
	{"mlp.fc1", []string{"mlp.gate_proj", "mlp.up_proj"}},
}

// hfLayers are where transformers' layers lie: in files, and in memory from version 5 on.
var hfLayers = []string{"encoder.layer.", "encoder.layers.", "layers."}

// hfTarget is the [translation] of the names of transformers' ViTModel, DeiTModel, Dinov2Model and
// Dinov2WithRegistersModel.
func hfTarget(inner string) (target, bool) {
	if name, ok := hfTop[inner]; ok {
		return whole(name), true
	}
	if inner == "embeddings.mask_token" {
		return target{why: timmNotNeeded["mask_token"]}, true
	}
	if strings.HasPrefix(inner, "pooler.") {
		return target{why: "pooler behind the features"}, true
	}
	rest, ok := "", false
	for _, layers := range hfLayers {
		if rest, ok = strings.CutPrefix(inner, layers); ok {
			break
		}
	}
	if !ok {
		return target{}, false
	}
	index, name, _ := strings.Cut(rest, ".")
	if !isIndex(index) {
		return target{}, false
	}
	block := "blocks." + index + "."
	switch name {
	case "layer_scale1.lambda1":
		return whole(block + "ls1.gamma"), true
	case "layer_scale2.lambda1":
		return whole(block + "ls2.gamma"), true
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || (name[dot:] != ".weight" && name[dot:] != ".bias") {
		return target{}, false
	}
	module, kind := name[:dot], name[dot:]
	for _, merged := range hfMerged {
		if slot := slices.Index(merged.parts, module); slot >= 0 {
			return target{name: block + merged.timm + kind, slot: slot, slots: len(merged.parts)}, true
		}
	}
	timm, ok := hfLayer[module]
	return whole(block + timm + kind), ok
}
