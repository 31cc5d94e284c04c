package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/layout"
)

// hfConfig is config.json of transformers: ViTConfig, Dinov2Config or Dinov2WithRegistersConfig.
type hfConfig struct {
	Architectures       []string `json:"architectures"`
	ModelType           string   `json:"model_type"`
	HiddenSize          int      `json:"hidden_size"`
	NumHiddenLayers     int      `json:"num_hidden_layers"`
	NumAttentionHeads   int      `json:"num_attention_heads"`
	HiddenAct           string   `json:"hidden_act"`
	HiddenDropout       pyFloat  `json:"hidden_dropout_prob"`
	AttentionDropout    pyFloat  `json:"attention_probs_dropout_prob"`
	InitializerRange    pyFloat  `json:"initializer_range"`
	LayerNormEps        pyFloat  `json:"layer_norm_eps"`
	ImageSize           any      `json:"image_size"` // a number, or a pair where the sides differ
	PatchSize           int      `json:"patch_size"`
	NumChannels         int      `json:"num_channels"`
	QKVBias             bool     `json:"qkv_bias"`
	TorchDType          string   `json:"torch_dtype"`
	IntermediateSize    int      `json:"intermediate_size,omitempty"`     // vit
	MLPRatio            int      `json:"mlp_ratio,omitempty"`             // dinov2
	LayerScaleValue     pyFloat  `json:"layerscale_value,omitempty"`      // dinov2
	DropPathRate        *pyFloat `json:"drop_path_rate,omitempty"`        // dinov2
	UseSwiGLU           *bool    `json:"use_swiglu_ffn,omitempty"`        // dinov2
	NumRegisterTokens   int      `json:"num_register_tokens,omitempty"`   // dinov2_with_registers
	ApplyLayerNorm      *bool    `json:"apply_layernorm,omitempty"`       // dinov2
	ReshapeHiddenStates *bool    `json:"reshape_hidden_states,omitempty"` // dinov2
}

func newHFConfig(c vit.Config) (hfConfig, error) {
	out := hfConfig{
		Architectures: []string{"ViTModel"}, ModelType: "vit",
		HiddenSize: c.EmbedDim, NumHiddenLayers: c.Depth, NumAttentionHeads: c.NumHeads,
		HiddenAct:        hfActivation(c.Activation),
		InitializerRange: 0.02, LayerNormEps: pyFloat(c.LayerNormEps), PatchSize: c.PatchSize,
		NumChannels: c.InChannels,
		QKVBias:     c.QKVBias, TorchDType: "float32", ImageSize: c.ImageSize[0],
	}
	if c.ImageSize[0] != c.ImageSize[1] {
		out.ImageSize = c.ImageSize
	}
	if !isDINOv2(c) {
		out.IntermediateSize = c.MLPHidden()
		return out, nil
	}
	out.Architectures, out.ModelType = []string{"Dinov2Model"}, "dinov2"
	if c.RegTokens > 0 {
		out.Architectures, out.ModelType = []string{"Dinov2WithRegistersModel"}, "dinov2_with_registers"
	}
	yes, none := true, pyFloat(0)
	out.NumRegisterTokens, out.LayerScaleValue, out.UseSwiGLU = c.RegTokens, 1, &c.SwiGLU
	out.DropPathRate, out.ApplyLayerNorm, out.ReshapeHiddenStates = &none, &yes, &yes
	var err error
	out.MLPRatio, err = dinov2Ratio(c)
	return out, err
}

// hfPreprocessor is preprocessor_config.json of transformers' image processors.
type hfPreprocessor struct {
	Type          string         `json:"image_processor_type"`
	DoConvertRGB  bool           `json:"do_convert_rgb"`
	DoResize      bool           `json:"do_resize"`
	Size          map[string]int `json:"size"`
	Resample      int            `json:"resample"` // Pillow's number of the filter
	DoCenterCrop  bool           `json:"do_center_crop"`
	CropSize      map[string]int `json:"crop_size"`
	DoRescale     bool           `json:"do_rescale"`
	RescaleFactor pyFloat        `json:"rescale_factor"`
	DoNormalize   bool           `json:"do_normalize"`
	Mean          [3]pyFloat     `json:"image_mean"`
	Std           [3]pyFloat     `json:"image_std"`
}

// newHFPreprocessor says a preprocessing in transformers' terms: BitImageProcessor keeps the shape
// of images, ViTImageProcessor squashes them, DINOv3ViTImageProcessor rescales them first.
func newHFPreprocessor(p layout.Preprocessing) (hfPreprocessor, error) {
	sides, target := p.Sides(), p.Target()
	out := hfPreprocessor{
		Type: "BitImageProcessor", DoConvertRGB: true, DoResize: true, DoCenterCrop: true, DoRescale: p.Rescale != 1,
		RescaleFactor: pyFloat(cmp.Or(p.Rescale, 1.0/255)), DoNormalize: true,
		Size:     map[string]int{"shortest_edge": p.Shorter()},
		Resample: slices.Index(augment.Interpolations(), augment.Interpolation(p.Interpolation)),
		CropSize: map[string]int{"height": sides[0], "width": sides[1]}, Mean: pyFloats(p.Mean), Std: pyFloats(p.Std),
	}
	switch augment.Fit(p.Resize) {
	case augment.FitShorter:
	case augment.FitNone:
		out.DoResize = false
	case augment.FitSquash:
		out.Type, out.Size = "ViTImageProcessor", map[string]int{"height": target[0], "width": target[1]}
	default:
		return out, fmt.Errorf("images are prepared with resize %q, which transformers' processors cannot say: use "+
			"timm, onnx or dino", p.Resize)
	}
	if p.Processor == string(augment.OverFloats) {
		out.Type = "DINOv3ViTImageProcessor"
	}
	return out, nil
}

// pyFloat is a number that Python reads as a float: it has a point or an exponent. transformers
// refuses an int in its place.
type pyFloat float64

// MarshalJSON writes the number.
func (f pyFloat) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(float64(f))
	if err == nil && !bytes.ContainsAny(text, ".e") {
		text = append(text, ".0"...)
	}
	return text, err
}

func pyFloats(v [3]float64) [3]pyFloat {
	return [3]pyFloat{pyFloat(v[0]), pyFloat(v[1]), pyFloat(v[2])}
}

// hfActivation is transformers' name of an activation.
func hfActivation(name string) string {
	if name == vit.GELUTanh {
		return "gelu_pytorch_tanh"
	}
	return cmp.Or(name, vit.GELU)
}
