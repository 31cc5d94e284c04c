package export

import (
	"fmt"
	"math"
	"strings"

	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// writeOfficial writes a .pth file in the way of Meta's releases.
//
// The backbone is a state dict. Everything is the checkpoint of main_dino.py: "student" under the
// names of its parallel wrapper, "teacher", "dino_loss" with the center, and "epoch", from which
// its training goes on.
func writeOfficial(path string, s selection) ([]string, error) {
	if s.Part == Backbone {
		backbone, err := officialBackbone(s.vit, s.backbone)
		if err != nil {
			return nil, err
		}
		return s.officialNotes(), weights.WritePTH(path, backbone, s.officialSettings())
	}
	tensors := map[string]weights.Tensor{}
	for _, network := range []struct {
		prefix         string
		backbone, head map[string]weights.Tensor
	}{{"student/module.", s.model.Student, s.model.StudentHead}, {"teacher/", s.model.Teacher, s.model.TeacherHead}} {
		if network.backbone == nil {
			continue
		}
		backbone, err := officialBackbone(s.vit, network.backbone)
		if err != nil {
			return nil, err
		}
		prefixed(tensors, network.prefix+"backbone.", backbone)
		head, err := officialHead(s.model.Head, network.head)
		if err != nil {
			return nil, err
		}
		prefixed(tensors, network.prefix+headName(s.vit), head)
	}
	if s.model.Center != nil {
		tensors["dino_loss/center"] = *s.model.Center
	}
	settings := s.officialSettings()
	settings["epoch"] = int64(0)
	return s.officialNotes(), weights.WritePTH(path, tensors, settings)
}

// officialSettings are what names and shapes do not show: Meta's code has it in the function that
// builds the network, and leaves alone what it does not know.
func (s selection) officialSettings() map[string]any {
	name := layout.Official
	if isDINOv2(s.vit) {
		name = layout.DINOv2
	}
	return layout.ForeignAttributes(name, s.vit.NumHeads, s.Part == Full)
}

// officialNotes say what Meta's code does otherwise than the network did.
func (s selection) officialNotes() []string {
	if s.vit.PosEmbed == vit.PosEmbedOfficial || isDINOv2(s.vit) && s.vit.RegTokens > 0 {
		return nil
	}
	return []string{fmt.Sprintf("at sizes other than %d×%d pixels Meta's code resamples the position "+
		"embedding with an "+
		"offset of 0.1 and without antialiasing; the network was made with %q", s.vit.ImageSize[1], s.vit.ImageSize[0],
		s.vit.PosEmbed)}
}

// isDINOv2 tells the networks that only DINOv2's transformer can be.
func isDINOv2(c vit.Config) bool { return c.LayerScale != 0 || c.RegTokens > 0 || c.SwiGLU }

func headName(c vit.Config) string {
	if isDINOv2(c) {
		return "dino_head."
	}
	return "head."
}

// officialBackbone gives a backbone the names of Meta's transformers. DINOv2's always has
// LayerScale and a token for masked patches, which features do not depend on.
func officialBackbone(c vit.Config, backbone map[string]weights.Tensor) (map[string]weights.Tensor, error) {
	if c.ImageSize[0] != c.ImageSize[1] {
		return nil, fmt.Errorf("the native image size is %d×%d: Meta's code takes the position embedding "+
			"for that of a square", c.ImageSize[1], c.ImageSize[0])
	}
	out, err := withClassEmbedding(c, backbone)
	if err != nil || !isDINOv2(c) {
		return out, err
	}
	renamed := map[string]weights.Tensor{"mask_token": weights.FromFloat32s([]int{1, c.EmbedDim},
		make([]float32, c.EmbedDim))}
	for name, t := range out {
		if c.SwiGLU {
			name = strings.NewReplacer(".mlp.fc1.", ".mlp.w12.", ".mlp.fc2.", ".mlp.w3.").Replace(name)
		}
		if name == "reg_token" {
			name = "register_tokens"
		}
		renamed[name] = t
	}
	if c.LayerScale == 0 {
		for i := range c.Depth {
			renamed[fmt.Sprintf("blocks.%d.ls1.gamma", i)] = ones(c.EmbedDim)
			renamed[fmt.Sprintf("blocks.%d.ls2.gamma", i)] = ones(c.EmbedDim)
		}
	}
	return renamed, nil
}

// officialHead gives a head the names of the official DINOHead. The last layer of the seed's head,
// W, becomes weight_v = W with the factors weight_g = ‖W‖ of its rows, which are trained: the
// logits are the same.
func officialHead(h *layout.Head, head map[string]weights.Tensor) (map[string]weights.Tensor, error) {
	if h == nil || h.Kind == projection.Official || head == nil {
		return head, nil
	}
	out := map[string]weights.Tensor{}
	for name, t := range head {
		if name == "6.weight" {
			gain, err := rowNorms(t)
			if err != nil {
				return nil, err
			}
			out["last_layer.weight_v"], out["last_layer.weight_g"] = t, gain
			continue
		}
		out["mlp."+name] = t
	}
	return out, nil
}

// rowNorms returns the L2 norms [rows, 1] of a matrix [rows, columns].
func rowNorms(t weights.Tensor) (weights.Tensor, error) {
	values, err := t.Float32s()
	if err != nil {
		return weights.Tensor{}, err
	}
	rows, cols := t.Shape[0], t.Shape[1]
	norms := make([]float32, rows)
	for r := range norms {
		sum := 0.0
		for _, v := range values[r*cols : (r+1)*cols] {
			sum += float64(v) * float64(v)
		}
		norms[r] = float32(math.Sqrt(sum))
	}
	return weights.FromFloat32s([]int{rows, 1}, norms), nil
}
