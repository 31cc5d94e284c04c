package layout_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// heads of every kind.
var heads = map[string]layout.Head{
	"seed":       {Kind: projection.Seed, Hidden: 20, Bottleneck: 8, Prototypes: 16, Layers: 3},
	"official":   {Kind: projection.Official, Hidden: 20, Bottleneck: 8, Prototypes: 16, Layers: 3},
	"batch norm": {Kind: projection.Official, Hidden: 20, Bottleneck: 8, Prototypes: 16, Layers: 3, BatchNorm: true},
	"two layers": {Kind: projection.Official, Hidden: 20, Bottleneck: 8, Prototypes: 16, Layers: 2},
	"one layer":  {Kind: projection.Official, Bottleneck: 8, Prototypes: 16, Layers: 1},
}

// TestOfficialCheckpoint reads all of a full checkpoint, with every kind of head.
func TestOfficialCheckpoint(t *testing.T) {
	c := small()
	c.PosEmbed = vit.PosEmbedOfficial
	for name, head := range heads {
		if head.Kind != projection.Official {
			continue
		}
		t.Run(name, func(t *testing.T) {
			studentHead, teacherHead, center := tensorsOf(head.Shapes(64), 3), tensorsOf(head.Shapes(64), 4),
				one("center", 1, 16)
			m := open(t, writePTH(t, merged(
				under("student/module.backbone.", backbone(c, 1)), under("student/module.head.", studentHead),
				under("teacher/backbone.", backbone(c, 2)), under("teacher/head.", teacherHead),
				under("dino_loss/", center),
			), map[string]any{"epoch": int64(5), "args/arch": "vit_small"}), layout.Options{})
			if m.Layout != layout.Official || m.Network != c || m.Head == nil || *m.Head != head {
				t.Errorf("layout %s, network %+v, head %+v, want %+v", m.Layout, m.Network, m.Head, head)
			}
			equal(t, "student", m.Student, backbone(c, 1))
			equal(t, "teacher", m.Teacher, backbone(c, 2))
			equal(t, "student's head", m.StudentHead, studentHead)
			equal(t, "teacher's head", m.TeacherHead, teacherHead)
			equal(t, "center", map[string]weights.Tensor{"center": *m.Center}, center)
			if m.Provenance["epoch"] != "5" || m.Provenance["args/arch"] != "vit_small" {
				t.Errorf("provenance %v", m.Provenance)
			}
		})
	}
}

// Newer versions of PyTorch write a weight-normed layer under other names.
func TestOfficialHeadParametrized(t *testing.T) {
	head := tensorsOf(heads["official"].Shapes(64), 3)
	newer := renamed(head, "last_layer.weight_g", "last_layer.parametrizations.weight.original0", "last_layer.weight_v",
		"last_layer.parametrizations.weight.original1")
	m := open(t, writePTH(t, merged(under("teacher/backbone.", backbone(small(), 2)), under("teacher/head.", newer)),
		nil), layout.Options{})
	equal(t, "head", m.TeacherHead, head)
}

// A head that is none of ours, like that of the released ResNet-50, is left over and said to be.
func TestUnknownHead(t *testing.T) {
	for name, head := range map[string]map[string]weights.Tensor{
		"without weight norm": merged(one("mlp.0.weight", 20, 64), one("mlp.0.bias", 20),
			one("last_layer.weight", 16, 20)),
		"of another width": tensorsOf(heads["official"].Shapes(63), 3),
		"huge":             merged(tensorsOf(heads["official"].Shapes(64), 3), one("mlp.2000000000.weight", 1, 1)),
	} {
		m := open(t, writePTH(t, merged(under("teacher/backbone.", backbone(small(), 2)), under("teacher/head.", head),
			one("dino_loss/center", 1, 16)), nil), layout.Options{})
		if m.Head != nil || m.TeacherHead != nil || m.Center != nil || len(m.Notes) != 3 ||
			!strings.Contains(m.Notes[1], "is of an unknown form") {
			t.Errorf("%s: head %+v, center %v, notes %q, want none, and notes of the number of heads, of the unknown "+
				"head and of preprocessing", name, m.Head, m.Center, m.Notes)
		}
		if got := leftOver(m); len(got) != len(head)+1 {
			t.Errorf("%s: left over %v", name, got)
		}
	}
}

// TestLightning reads a checkpoint of stable-pretraining.
func TestLightning(t *testing.T) {
	c := small()
	head := heads["seed"]
	studentHead, teacherHead := tensorsOf(head.Shapes(64), 3), tensorsOf(head.Shapes(64), 4)
	coefficients := merged(one("state_dict/backbone.ema_coefficient"), one("state_dict/projector.base_ema_coefficient"),
		one("state_dict/projector.teacher.final_ema_coefficient"))
	m := open(t, writePTH(t, merged(
		under("state_dict/backbone.student.", backbone(c, 1)), under("state_dict/backbone.teacher.", backbone(c, 2)),
		under("state_dict/projector.student.", studentHead), under("state_dict/projector.teacher.", teacherHead),
		coefficients, one("state_dict/callbacks_modules.probe.weight", 3, 64),
		one("optimizer_states/0/state/0/exp_avg", 3),
	), map[string]any{
		"epoch": int64(5), "global_step": int64(80), "pytorch-lightning_version": "2.4.0",
		"loops/x": true,
	}), layout.Options{})
	if m.Layout != layout.Lightning || m.Network != c || m.Head == nil || *m.Head != head {
		t.Errorf("layout %s, network %+v, head %+v", m.Layout, m.Network, m.Head)
	}
	equal(t, "student", m.Student, backbone(c, 1))
	equal(t, "teacher", m.Teacher, backbone(c, 2))
	equal(t, "student's head", m.StudentHead, studentHead)
	equal(t, "teacher's head", m.TeacherHead, teacherHead)
	if m.Center != nil {
		t.Error("a center came from nowhere: stable-pretraining saves none")
	}
	left := leftOver(m)
	for name, want := range map[string]string{
		"state_dict/backbone.ema_coefficient":       "coefficient of the moving average",
		"state_dict/callbacks_modules.probe.weight": "state of a callback",
		"optimizer_states/0/state/0/exp_avg":        "state of the optimizer",
		"state_dict/projector.base_ema_coefficient": "coefficient of the moving average",
	} {
		if left[name] != want {
			t.Errorf("%s is left over as %q, want %q", name, left[name], want)
		}
	}
	if m.Provenance["global_step"] != "80" || m.Provenance["loops/x"] != "" {
		t.Errorf("provenance %v", m.Provenance)
	}
}

// ours are the tensors of a checkpoint of a run, with the center's flags.
func ours(c vit.Config, head layout.Head, centerSet, queuedSet float32) map[string]weights.Tensor {
	flags := map[string]weights.Tensor{
		"dino_loss.center_set": weights.FromFloat32s(nil, []float32{centerSet}),
		"dino_loss.queued_set": weights.FromFloat32s(nil, []float32{queuedSet}),
	}
	return merged(flags, one("dino_loss.center", 1, head.Prototypes), one("dino_loss.queued", 1, head.Prototypes),
		under("backbone.student.", backbone(c, 1)), under("backbone.teacher.", backbone(c, 2)),
		under("projector.student.", tensorsOf(head.Shapes(c.EmbedDim), 3)),
		under("projector.teacher.", tensorsOf(head.Shapes(c.EmbedDim), 4)),
		one("optimizer.m.backbone.student.cls_token", 1, 1, 64),
		one("optimizer.v.backbone.student.cls_token", 1, 1, 64))
}

// runFolder writes a run folder with a checkpoint.
func runFolder(t *testing.T, tensors map[string]weights.Tensor) string {
	t.Helper()
	dir := t.TempDir()
	config := `model: {encoder: custom, center_momentum: 0.75, vit: {image_size: [32, 32], patch_size: 8, in_channels: 3, embed_dim: 64, depth: 3, num_heads: 2,
  mlp_ratio: 4.0, qkv_bias: true, class_token: true, global_pool: token, layer_norm_eps: 0.001, pos_embed: official, init_std: 0.02, drop_path: 0.1}}
augment: {mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6], global_crops: {size: 24}}
`
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if tensors != nil {
		if err := checkpoint.Save(filepath.Join(dir, "checkpoints"), checkpoint.State{Step: 3}, tensors); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRunFolder reads our own runs: the newest checkpoint, with what config.yaml says, or the file
// alone.
func TestRunFolder(t *testing.T) {
	c, head := small(), heads["seed"]
	tensors := ours(c, head, 1, 1)
	dir := runFolder(t, tensors)
	c.NumHeads, c.LayerNormEps, c.PosEmbed, c.DropPath = 2, 1e-3, vit.PosEmbedOfficial, 0.1
	for _, path := range []string{dir, filepath.Join(dir, "checkpoints", "step-00000003.safetensors")} {
		m := open(t, path, layout.Options{Newest: checkpoint.OpenNewest})
		if m.Layout != layout.DINO || m.Network != c || m.Head == nil || *m.Head != head {
			t.Errorf("layout %s, network %+v, head %+v", m.Layout, m.Network, m.Head)
		}
		equal(t, "student", m.Student, backbone(c, 1))
		equal(t, "teacher", m.Teacher, backbone(c, 2))
		moment := func(name string) map[string]weights.Tensor {
			return map[string]weights.Tensor{name: tensors["optimizer."+name]}
		}
		equal(t, "optimizer", m.Optimizer,
			merged(moment("m.backbone.student.cls_token"), moment("v.backbone.student.cls_token")))
		want := layout.Preprocessing{
			Size: 24, CropFraction: 0.875, Interpolation: layout.Bicubic,
			Mean: [3]float64{0.1, 0.2, 0.3}, Std: [3]float64{0.4, 0.5, 0.6},
		}
		if m.Preprocessing != want {
			t.Errorf("preprocessing %+v, want %+v", m.Preprocessing, want)
		}
	}
	if _, err := layout.Open(runFolder(t, nil), layout.Options{Newest: checkpoint.OpenNewest}); err == nil {
		t.Error("a run without weights is accepted")
	}
}

// Without a way to open checkpoints a run stands for its trained teacher, and for nothing before it
// has one.
func TestRunFolderWithoutCheckpoints(t *testing.T) {
	dir := runFolder(t, ours(small(), heads["seed"], 1, 1))
	if _, err := layout.Open(dir, layout.Options{}); err == nil || !strings.Contains(err.Error(), "Options.Newest") {
		t.Errorf("a run under way: got %v, want an error that names Options.Newest", err)
	}
	if err := weights.Write(filepath.Join(dir, "teacher.safetensors"), backbone(small(), 5), nil); err != nil {
		t.Fatal(err)
	}
	m, err := layout.Open(dir, layout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	equal(t, "teacher", m.Teacher, backbone(small(), 5))
}

// A newer checkpoint that is damaged is passed over, and said to be.
func TestRunWithADamagedCheckpoint(t *testing.T) {
	tensors := ours(small(), heads["seed"], 1, 1)
	dir := runFolder(t, tensors)
	checkpoints := filepath.Join(dir, "checkpoints")
	if err := checkpoint.Save(checkpoints, checkpoint.State{Step: 4}, tensors); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(checkpoints, "step-00000004.safetensors"), 1000); err != nil {
		t.Fatal(err)
	}
	m := open(t, dir, layout.Options{Newest: checkpoint.OpenNewest})
	equal(t, "teacher", m.Teacher, backbone(small(), 2))
	if len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "step-00000004.safetensors is torn") {
		t.Errorf("notes %q, want one of the damaged checkpoint", m.Notes)
	}
}

// The center of a checkpoint is the one that the next step would subtract.
func TestRunCenter(t *testing.T) {
	head := heads["seed"]
	for _, test := range []struct {
		centerSet, queuedSet float32
		want                 func(center, queued float32) float32
	}{
		{1, 1, func(c, q float32) float32 { return c*0.75 + q*0.25 }},
		{1, 0, func(c, _ float32) float32 { return c }},
		{0, 1, func(_, q float32) float32 { return q }},
	} {
		tensors := ours(small(), head, test.centerSet, test.queuedSet)
		m := open(t, runFolder(t, tensors), layout.Options{Newest: checkpoint.OpenNewest})
		center, queued := float32s(t, tensors["dino_loss.center"]), float32s(t, tensors["dino_loss.queued"])
		for i := range center {
			center[i] = test.want(center[i], queued[i])
		}
		if got := float32s(t, *m.Center); !slices.Equal(got, center) {
			t.Errorf("flags %g and %g: center %v, want %v", test.centerSet, test.queuedSet, got, center)
		}
	}
}

// Our own files say what they hold.
func TestMetadata(t *testing.T) {
	c := small()
	c.NumHeads, c.LayerNormEps, c.ImageSize, c.MLPRatio = 16, 1e-5, [2]int{16, 40}, 0.5
	p := layout.Preprocessing{
		Size: 20, CropFraction: 0.5, Interpolation: layout.Bilinear, Mean: [3]float64{1, 2, 3},
		Std: [3]float64{4, 5, 6},
	}
	metadata, err := layout.Metadata(c, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	metadata["encoder"] = "custom"
	path := filepath.Join(t.TempDir(), "teacher.safetensors")
	if err := weights.Write(path, backbone(c, 1), metadata); err != nil {
		t.Fatal(err)
	}
	m := open(t, path, layout.Options{Newest: checkpoint.OpenNewest})
	if m.Layout != layout.DINO || m.Network != c || m.Preprocessing != p || m.Provenance["encoder"] != "custom" ||
		m.Provenance[layout.MetadataNetwork(vit.Kind)] != "" {
		t.Errorf("layout %s, network %+v, preprocessing %+v, provenance %v", m.Layout, m.Network, m.Preprocessing,
			m.Provenance)
	}
}
