package layout_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// dinov2 is a network as Meta's release has it: patches of 14, LayerScale, an embedding for 518
// pixels (here 42).
func dinov2() vit.Config {
	c := vit.Custom(42, 14, 64, 3, 1)
	c.LayerScale, c.PosEmbed = 1e-5, vit.PosEmbedOfficial
	return c
}

// inDINOv2 are a network's tensors under the names of Meta's DINOv2, with the mask token that they
// always have.
func inDINOv2(c vit.Config, seed uint64) map[string]weights.Tensor {
	return merged(renamed(backbone(c, seed), "reg_token", "register_tokens"), one("mask_token", 1, c.EmbedDim))
}

func TestDINOv2Backbone(t *testing.T) {
	c := dinov2()
	m := open(t, writePTH(t, inDINOv2(c, 1), nil), layout.Options{})
	if m.Layout != layout.DINOv2 || m.Network != c {
		t.Errorf("layout %s, network\n%+v, want\n%+v", m.Layout, m.Network, c)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))
	if why := leftOver(m)["mask_token"]; !strings.Contains(why, "masked patches") {
		t.Errorf("the mask token is left over as %q", why)
	}
	if m.Preprocessing.Size != 224 || m.Preprocessing.Shorter() != 256 {
		t.Errorf("preprocessing %+v, want that of Meta's evaluation", m.Preprocessing)
	}
}

// ViT-g has a gated MLP, whose layers have other names.
func TestDINOv2SwiGLU(t *testing.T) {
	c := dinov2()
	c.SwiGLU, c.MLPRatio = true, 88./64
	theirs := renamed(inDINOv2(c, 1), "mlp.fc1", "mlp.w12", "mlp.fc2", "mlp.w3")
	m := open(t, writePTH(t, theirs, nil), layout.Options{})
	if m.Network != c {
		t.Errorf("network\n%+v, want\n%+v", m.Network, c)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))
}

// Training checkpoints have the blocks in groups, a head for the image and one for the patches.
func TestDINOv2TeacherCheckpoint(t *testing.T) {
	c := dinov2()
	grouped := map[string]weights.Tensor{}
	for name, tensor := range inDINOv2(c, 1) {
		for i := range c.Depth {
			name = strings.Replace(name, fmt.Sprintf("blocks.%d.", i), fmt.Sprintf("blocks.%d.%d.", i/2, i), 1)
			if strings.Contains(name, fmt.Sprintf(".%d.%d.", i/2, i)) {
				break
			}
		}
		grouped[name] = tensor
	}
	head := layout.Head{Kind: projection.Official, Hidden: 20, Bottleneck: 8, Prototypes: 16, Layers: 3}
	dinoHead := tensorsOf(head.Shapes(64), 2)
	m := open(t, writePTH(t, merged(under("teacher/backbone.", grouped), under("teacher/dino_head.", dinoHead),
		under("teacher/ibot_head.", dinoHead)), nil), layout.Options{})
	if m.Layout != layout.DINOv2 || m.Network != c {
		t.Errorf("layout %s, network %+v", m.Layout, m.Network)
	}
	equal(t, "backbone", m.Teacher, backbone(c, 1))
	equal(t, "head", m.TeacherHead, dinoHead)
	if m.Head == nil || *m.Head != head {
		t.Errorf("head %+v, want %+v", m.Head, head)
	}
	if why := leftOver(m)["teacher/ibot_head.mlp.0.weight"]; why != "head of DINOv2's masked patches" {
		t.Errorf("the other head is left over as %q", why)
	}
}

// TestDINOv2Registers compares the input of the first block with its definition: registers go in
// between the class token and the patches after the positions were added.
func TestDINOv2Registers(t *testing.T) {
	theirs := dinov2()
	theirs.RegTokens = 4
	shapes := theirs.Shapes()
	shapes["pos_embed"] = []int{1, 1 + 9, 64} // the class token and the patches
	source := merged(renamed(tensorsOf(shapes, 1), "reg_token", "register_tokens"), one("mask_token", 1, 64))
	m := open(t, writePTH(t, source, nil), layout.Options{})
	c := m.Network.(vit.Config)
	if m.Layout != layout.DINOv2 || c.PosEmbed != vit.PosEmbedTimm || !c.NoEmbedClass || c.RegTokens != 4 {
		t.Fatalf("layout %s, network %+v", m.Layout, c)
	}
	network, err := vit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := variables.Create(store, "/vit", m.Teacher); err != nil {
		t.Fatal(err)
	}
	outputs := graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := network.Trace(scope.At("vit"), in[0], nets.Want{})
		return []*graph.Node{out.Input, out.Features} // the stock engine needs the rest of the graph to be used
	}, graphtest.Tensor(make([]float32, 3*42*42), 1, 3, 42, 42))

	// Of a black image, the patches are the bias of their embedding.
	pos, bias := float32s(t, source["pos_embed"]), float32s(t, source["patch_embed.proj.bias"])
	var want []float32
	for i, v := range float32s(t, source["cls_token"]) {
		want = append(want, v+pos[i])
	}
	want = append(want, float32s(t, source["register_tokens"])...)
	for patch := range 9 {
		for i, v := range bias {
			want = append(want, v+pos[(1+patch)*64+i])
		}
	}
	testkit.AllClose(t, "input of the first block", graphtest.Floats(outputs[0]), want, 1e-6)
}

// Whole training states have both networks in one dict.
func TestDINOv2TrainingState(t *testing.T) {
	c := dinov2()
	m := open(t, writePTH(t, merged(under("model/student.backbone.", inDINOv2(c, 1)),
		under("model/teacher.backbone.", inDINOv2(c, 2)), one("model/dino_loss.center", 1, 7)), nil), layout.Options{})
	equal(t, "student", m.Student, backbone(c, 1))
	equal(t, "teacher", m.Teacher, backbone(c, 2))
	if got := slices.Sorted(maps.Keys(leftOver(m))); len(got) != 3 {
		t.Errorf("left over: %v, want two mask tokens and a center without its head", got)
	}
}
