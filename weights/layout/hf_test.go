package layout_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// split cuts the rows of a merged tensor into as many parts.
func split(t *testing.T, merged weights.Tensor, parts int) []weights.Tensor {
	t.Helper()
	values, shape := float32s(t, merged), append([]int{}, merged.Shape...)
	shape[0] /= parts
	out := make([]weights.Tensor, parts)
	for i := range out {
		n := len(values) / parts
		out[i] = weights.FromFloat32s(shape, values[i*n:(i+1)*n])
	}
	return out
}

// inTransformers are a network's tensors under the names of transformers' ViTModel or Dinov2Model.
func inTransformers(t *testing.T, tensors map[string]weights.Tensor, dinov2 bool) map[string]weights.Tensor {
	t.Helper()
	pairs := []string{
		"cls_token", "embeddings.cls_token", "pos_embed", "embeddings.position_embeddings", "reg_token",
		"embeddings.register_tokens",
		"patch_embed.proj", "embeddings.patch_embeddings.projection", "blocks.", "encoder.layer.", "attn.proj",
		"attention.output.dense",
	}
	if dinov2 {
		pairs = append(pairs, "ls1.gamma", "layer_scale1.lambda1", "ls2.gamma", "layer_scale2.lambda1", "norm1",
			"norm1", "norm2", "norm2")
	} else {
		pairs = append(pairs, "norm1", "layernorm_before", "norm2", "layernorm_after", "mlp.fc1", "intermediate.dense",
			"mlp.fc2", "output.dense")
	}
	pairs = append(pairs, "norm.", "layernorm.")
	out := map[string]weights.Tensor{}
	for name, tensor := range renamed(tensors, pairs...) {
		if before, kind, ok := strings.Cut(name, "attn.qkv."); ok {
			for i, part := range split(t, tensor, 3) {
				out[before+"attention.attention."+[]string{"query", "key", "value"}[i]+"."+kind] = part
			}
			continue
		}
		out[name] = tensor
	}
	return out
}

// folder writes a folder as transformers' save_pretrained does.
func folder(t *testing.T, tensors map[string]weights.Tensor, config, preprocessor map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	if err := weights.Write(filepath.Join(dir, "model.safetensors"), tensors,
		map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]map[string]any{
		"config.json":              config,
		"preprocessor_config.json": preprocessor,
	} {
		if value == nil {
			continue
		}
		text, err := json.Marshal(value)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestHFViT is facebook/dino-vits16 in small: query, key and value apart, a pooler that is not
// needed, epsilon and heads from config.json.
func TestHFViT(t *testing.T) {
	c := small()
	c.NumHeads, c.LayerNormEps, c.PosEmbed = 4, 1e-12, vit.PosEmbedHF
	tensors := merged(inTransformers(t, backbone(c, 1), false), one("pooler.dense.weight", 64, 64),
		one("pooler.dense.bias", 64))
	config := map[string]any{
		"model_type": "vit", "architectures": []string{"ViTModel"}, "num_attention_heads": 4,
		"layer_norm_eps": 1e-12, "image_size": 32, "hidden_act": "gelu",
	}
	preprocessor := map[string]any{
		"do_normalize": true, "image_mean": []float64{0.485, 0.456, 0.406},
		"image_std": []float64{0.229, 0.224, 0.225}, "resample": 2, "size": 32,
	}
	m := open(t, folder(t, tensors, config, preprocessor), layout.Options{})
	if m.Layout != layout.HF || m.Network != c {
		t.Errorf("layout %s, network\n%+v, want\n%+v", m.Layout, m.Network, c)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))
	want := layout.Preprocessing{ // a size that is one number squashes
		Size: 32, CropFraction: 1, Interpolation: layout.Bilinear, Resize: "squash", Processor: "torchvision",
		Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225},
	}
	if m.Preprocessing != want {
		t.Errorf("preprocessing %+v, want %+v", m.Preprocessing, want)
	}
	if len(m.Notes) != 0 || leftOver(m)["pooler.dense.bias"] != "pooler behind the features" {
		t.Errorf("notes %v, left over %v", m.Notes, leftOver(m))
	}
}

// A classifier of transformers has the network below "vit.", and none of the side files says how
// without them.
func TestHFClassifierWithoutConfig(t *testing.T) {
	c := small()
	c.LayerNormEps, c.PosEmbed = 1e-12, vit.PosEmbedHF
	m := open(t, writeSafetensors(t,
		merged(under("vit.", inTransformers(t, backbone(c, 1), false)), one("classifier.weight", 3, 64))),
		layout.Options{})
	if m.Network != c || leftOver(m)["classifier.weight"] != "classifier" {
		t.Errorf("network %+v, left over %v", m.Network, leftOver(m))
	}
	if len(m.Notes) != 3 || !strings.Contains(m.Notes[0], guessedHeads) ||
		!strings.Contains(m.Notes[1], "epsilon of the layer norms is taken to be 1e-12") {
		t.Errorf("notes %q, want those of the number of heads, epsilon and preprocessing", m.Notes)
	}
}

// TestHFDinov2 is facebook/dinov2-small in small.
func TestHFDinov2(t *testing.T) {
	c := dinov2()
	c.PosEmbed = vit.PosEmbedHF
	preprocessor := map[string]any{
		"do_center_crop": true, "crop_size": map[string]int{"height": 224, "width": 224},
		"size":       map[string]int{"shortest_edge": 256},
		"image_mean": []float64{0.5, 0.5, 0.5}, "image_std": []float64{0.25, 0.25, 0.25}, "resample": 3,
	}
	config := map[string]any{"model_type": "dinov2", "num_attention_heads": 1, "layer_norm_eps": 1e-6, "image_size": 42}
	m := open(t, folder(t, merged(inTransformers(t, backbone(c, 1), true), one("embeddings.mask_token", 1, 64)), config,
		preprocessor), layout.Options{})
	if m.Layout != layout.HF || m.Network != c {
		t.Errorf("layout %s, network\n%+v, want\n%+v", m.Layout, m.Network, c)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))
	if p := m.Preprocessing; p.Size != 224 || p.Shorter() != 256 || p.Interpolation != layout.Bicubic ||
		p.Mean[0] != 0.5 {
		t.Errorf("preprocessing %+v", p)
	}
}

// TestHFDinov2WithRegisters and a gated MLP: the names of ViT-g, in shards.
func TestHFDinov2WithRegisters(t *testing.T) {
	c := dinov2()
	c.RegTokens, c.SwiGLU, c.MLPRatio = 4, true, 88./64
	shapes := c.Shapes()
	shapes["pos_embed"] = []int{1, 10, 64}
	timm := tensorsOf(shapes, 1)
	theirs := renamed(inTransformers(t, timm, true), "mlp.fc1", "mlp.weights_in", "mlp.fc2", "mlp.weights_out")
	dir, index := t.TempDir(), map[string]string{}
	parts := []map[string]weights.Tensor{{}, {}}
	for name, tensor := range theirs {
		shard := len(name) % 2
		parts[shard][name], index[name] = tensor, fmt.Sprintf("model-0000%d-of-00002.safetensors", shard+1)
	}
	for i, part := range parts {
		if err := weights.Write(filepath.Join(dir, fmt.Sprintf("model-0000%d-of-00002.safetensors", i+1)), part,
			nil); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"weight_map": index})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "model.safetensors.index.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, layout.Options{})
	c.PosEmbed, c.NoEmbedClass = vit.PosEmbedTimm, true
	if m.Layout != layout.HF || m.Network != c {
		t.Errorf("layout %s, network\n%+v, want\n%+v", m.Layout, m.Network, c)
	}
	equal(t, "but for the folded tensors", without(m.Teacher, "cls_token", "pos_embed"),
		without(timm, "cls_token", "pos_embed"))
	token, pos := float32s(t, timm["cls_token"]), float32s(t, timm["pos_embed"])
	for i := range token {
		token[i] += pos[i]
	}
	equal(t, "folded", map[string]weights.Tensor{
		"cls_token": m.Teacher["cls_token"],
		"pos_embed": m.Teacher["pos_embed"],
	}, map[string]weights.Tensor{
		"cls_token": weights.FromFloat32s([]int{1, 1, 64}, token),
		"pos_embed": weights.FromFloat32s([]int{1, 9, 64}, pos[64:]),
	})
}
