package layout_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// Teachers and students by the words that other projects have for them.
func TestPairsByOtherWords(t *testing.T) {
	c := small()
	for teacher, student := range map[string]string{
		"state_dict/teacher_backbone.": "state_dict/student_backbone.",
		"momentum_backbone.":           "backbone.",
		"state_dict/momentum_encoder.": "state_dict/encoder.",
		"module.momentum_encoder.":     "module.base_encoder.",
		"target_encoder.":              "encoder.",
		"ema_model.":                   "online_model.",
		"target_network.backbone.":     "online_network.backbone.",
		"encoder_k.":                   "encoder_q.",
		"state_dict/teacher_embedding_model.wrapped_model._model.": "state_dict/" +
			"student_embedding_model.wrapped_model._model.",
	} {
		m := open(t, writePTH(t, merged(under(teacher, backbone(c, 1)), under(student, backbone(c, 2))), nil),
			layout.Options{})
		equal(t, "teacher below "+teacher, m.Teacher, backbone(c, 1))
		equal(t, "student below "+student, m.Student, backbone(c, 2))
		m = open(t, m.Path, layout.Options{Prefix: student})
		equal(t, "chosen below "+student, m.Teacher, backbone(c, 2))
		if m.Student != nil {
			t.Errorf("%s: a network that was chosen alone has a student", student)
		}
	}
	path := writePTH(t, merged(under("left.", backbone(c, 1)), under("right.", backbone(c, 2))), nil)
	_, err := layout.Open(path, layout.Options{})
	if err == nil || !strings.Contains(err.Error(), `"left.", "right."; choose one by its prefix`) {
		t.Errorf("two networks without roles: %v", err)
	}
	if _, err := layout.Open(path, layout.Options{Prefix: "middle"}); err == nil ||
		!strings.Contains(err.Error(), `no vision transformer below the prefix "middle"`) {
		t.Errorf("a prefix that is not there: %v", err)
	}
	equal(t, "the right one", open(t, path, layout.Options{Prefix: "right"}).Teacher, backbone(c, 2))
}

// Parts that PyTorch's wrappers put into names are left out, wherever they are.
func TestWrappedModules(t *testing.T) {
	c := small()
	for _, wrap := range []func(string) string{
		func(name string) string { return "_orig_mod." + name },
		func(name string) string {
			return strings.Replace(name, "blocks.1.", "blocks.1._checkpoint_wrapped_module.", 1)
		},
		func(name string) string {
			return strings.Replace("_fsdp_wrapped_module."+name, ".attn.", ".attn._fsdp_wrapped_module._orig_mod.", 1)
		},
	} {
		tensors := map[string]weights.Tensor{}
		for name, tensor := range backbone(c, 1) {
			tensors[wrap(name)] = tensor
		}
		equal(t, "wrapped", open(t, writePTH(t, tensors, nil), layout.Options{}).Teacher, backbone(c, 1))
	}
	twice := maps.Clone(backbone(c, 1))
	twice["_orig_mod.cls_token"] = twice["cls_token"]
	if _, err := layout.Open(writePTH(t, twice, nil), layout.Options{}); err == nil ||
		!strings.Contains(err.Error(), "are both cls_token once the parts") {
		t.Errorf("a name with and without a wrapper: %v", err)
	}
}

// Names that transformers 5 has in memory, which are not those of its files.
func TestTransformersInMemory(t *testing.T) {
	gated := vit.Custom(32, 8, 64, 2, 1)
	gated.SwiGLU, gated.LayerScale = true, 1e-5
	for _, c := range []vit.Config{small(), gated} {
		tensors := map[string]weights.Tensor{}
		for name, tensor := range inTransformers(t, backbone(c, 1), c.SwiGLU) {
			for old, now := range map[string]string{
				"attention.attention.query": "attention.q_proj", "attention.attention.key": "attention.k_proj",
				"attention.attention.value": "attention.v_proj", "attention.output.dense": "attention.o_proj",
				"intermediate.dense": "mlp.fc1", "mlp.weights_out": "mlp.down_proj",
			} {
				name = strings.Replace(name, old, now, 1)
			}
			if !c.SwiGLU {
				name = strings.Replace(strings.Replace(name, ".output.dense", ".mlp.fc2", 1), "encoder.layer.",
					"layers.", 1)
			}
			if front, ok := strings.CutSuffix(name, "weights_in.weight"); ok {
				parts := split(t, tensor, 2)
				tensors[front+"gate_proj.weight"], tensors[front+"up_proj.weight"] = parts[0], parts[1]
				continue
			}
			if front, ok := strings.CutSuffix(name, "weights_in.bias"); ok {
				parts := split(t, tensor, 2)
				tensors[front+"gate_proj.bias"], tensors[front+"up_proj.bias"] = parts[0], parts[1]
				continue
			}
			tensors[name] = tensor
		}
		m := open(t, writePTH(t, tensors, nil), layout.Options{Heads: 1})
		if m.Layout != layout.HF {
			t.Errorf("layout %s", m.Layout)
		}
		equal(t, "backbone", m.Teacher, backbone(c, 1))
	}
}

// Folders of trainers say which file to take, or how to make one.
func TestFoldersOfTrainers(t *testing.T) {
	for file, want := range map[string]string{
		"__0_0.distcp":                          "dcp_to_torch",
		"zero_pp_rank_0_mp_rank_00_optim.pt":    "zero_to_fp32.py",
		"exported_models/exported_last.pt":      "take the network that it exported",
		"checkpoints/last.ckpt":                 "take the file checkpoints/last.ckpt",
		"pytorch_model_rank_0_of_2_sharded.bin": "FullStateDictConfig",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := layout.Open(dir, layout.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
}

// A bare state dict of PyTorch that may be timm's or Meta's says what hangs on it, and --layout
// decides.
func TestBareStateDictIsAmbiguous(t *testing.T) {
	path := writePTH(t, backbone(small(), 1), nil)
	for name, notes := range map[string]int{"": 1, layout.Timm: 0, layout.Official: 0} {
		m := open(t, path, layout.Options{Layout: name, Heads: 1})
		said := 0
		for _, note := range m.Notes {
			if strings.Contains(note, "names do not tell whether Meta's DINO or timm") {
				said++
			}
		}
		want := map[string]string{"": vit.PosEmbedOfficial, layout.Official: vit.PosEmbedOfficial}[name]
		if want == "" {
			want = vit.PosEmbedTimm
		}
		if got := m.Network.(vit.Config).PosEmbed; said != notes || got != want {
			t.Errorf("layout %q: %d notes, resampled as %s, want %d and %s: %q", name, said, got, notes, want, m.Notes)
		}
	}
	m := open(t, path, layout.Options{PosEmbed: vit.PosEmbedHF})
	if got := m.Network.(vit.Config).PosEmbed; got != vit.PosEmbedHF {
		t.Errorf("asked for hf, resampled as %s", got)
	}
}

// timm's model_args and name of the architecture say what tensors do not.
func TestTimmArguments(t *testing.T) {
	for args, want := range map[string]func(c *vit.Config){
		`{"act_layer": "relu"}`: func(c *vit.Config) { c.Activation = vit.ReLU },
		`{"act_layer": "<class 'timm.layers.activations.GELUTanh'>"}`: func(c *vit.Config) {
			c.Activation = vit.GELUTanh
		},
		`{"global_pool": "max", "fc_norm": true}`: func(c *vit.Config) {
			c.GlobalPool = vit.PoolMax
		},
		`{"global_pool": "avgmax"}`: func(c *vit.Config) {
			c.GlobalPool = vit.PoolAvgMax
		},
		`{"global_pool": "avg", "fc_norm": false}`: func(c *vit.Config) {
			c.GlobalPool,
				c.Norm = vit.PoolAvg, vit.NormTokens
		},
		`{"fc_norm": true}`: func(c *vit.Config) {
			c.Norm = vit.NormFeatures
		},
		`{"final_norm": false}`: func(c *vit.Config) {
			c.Norm = vit.NormNone
		},
		`{"num_heads": 4}`: func(c *vit.Config) { c.NumHeads = 4 },
		`{"block_fn": "<class 'timm.models.vision_transformer.ResPostBlock'>"}`: func(c *vit.Config) {
			c.PostNorm = true
		},
		`{"norm_layer": "<class 'torch.nn.modules.normalization.LayerNorm'>"}`: func(c *vit.Config) {
			c.LayerNormEps = 1e-5
		},
	} {
		c := small()
		want(&c)
		dir := t.TempDir()
		config := fmt.Sprintf(`{"architecture": "vit_tiny_patch16_224", "model_args": %s}`, args)
		if err := weights.Write(filepath.Join(dir, "model.safetensors"), backbone(c, 1), nil); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := layout.Describe(dir, layout.Options{})
		if err != nil || d.Network != c {
			t.Errorf("%s: %v, network\n%+v, want\n%+v", args, err, d.Network, c)
		}
	}
}
