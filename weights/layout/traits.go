package layout

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/dino-go/dino/nets/vit"
)

// traits are what the tensors of a transformer do not show, as side files and checkpoints say it;
// zero or empty where they are silent.
type traits struct {
	heads      int
	width      int // that the number of heads is for; 0 where it is for any
	epsilon    float64
	activation string // a name of package vit
	pool, norm string // names of package vit
	postNorm   bool
	imageSize  [2]int
	// stated are what the tensors do show as well: they must agree.
	stated []stated
	// of is the kind of model, by transformers' model_type.
	modelType string
}

// stated is a number that a side file states and the tensors show.
type stated struct {
	document document
	field    string
	value    int
	shown    func(c vit.Config) int
}

// readTraits reads config.json, whoever wrote it.
func (p *plan) readTraits() error {
	d := p.side.config
	var err error
	switch {
	case len(d.fields) == 0:
		return nil
	case d.has("architecture") || d.has("pretrained_cfg"):
		d.known = true
		p.traits, err = timmTraits(d)
	case d.word("model_type") != "":
		p.traits, err = transformersTraits(d)
	default:
		err = fmt.Errorf("%s: has neither model_type (transformers) nor architecture (timm), which say what the "+
			"weights are: add one of them, or take the file away to have the weights read by their tensors alone",
			d.name)
	}
	return err
}

// modelTypes are transformers' models that are read here, with the epsilon that theirs have where a
// file leaves it out.
var modelTypes = map[string]float64{
	"vit": 1e-12, "deit": 1e-12, "vit_mae": 1e-12, "vit_msn": 1e-6, "dinov2": 1e-6, "dinov2_with_registers": 1e-6,
}

// hfActivations are transformers' names of activations.
var hfActivations = map[string]string{
	"gelu": vit.GELU, "gelu_python": vit.GELU, "gelu_new": vit.GELUTanh, "gelu_fast": vit.GELUTanh,
	"gelu_pytorch_tanh": vit.GELUTanh, "gelu_python_tanh": vit.GELUTanh, "gelu_accurate": vit.GELUTanh,
	"quick_gelu": vit.QuickGELU, "relu": vit.ReLU, "silu": vit.SiLU, "swish": vit.SiLU,
}

// transformersTraits reads transformers' config.json.
func transformersTraits(d document) (t traits, err error) {
	t.modelType = d.word("model_type")
	epsilon, ok := modelTypes[t.modelType]
	if !ok {
		return t, d.errorf("model_type", "is %s, which is no network that is read here: known are %s",
			quotable(t.modelType), keys(modelTypes))
	}
	d.known = true
	if err := d.check(fates[transformersFile]); err != nil {
		return t, err
	}
	t.heads, t.epsilon, t.pool, t.norm = 12, epsilon, vit.PoolToken, vit.NormTokens
	act := "gelu"
	for field, into := range map[string]any{
		"num_attention_heads": &t.heads, "layer_norm_eps": &t.epsilon, "hidden_act": &act,
	} {
		if err := d.read(field, into); err != nil {
			return t, err
		}
	}
	if t.activation, ok = hfActivations[act]; !ok {
		return t, d.refuse("hidden_act", "an activation that is known here: "+keys(hfActivations))
	}
	if t.imageSize, err = d.sides("image_size"); err != nil {
		return t, err
	}
	t.stated, err = d.stated(map[string]func(vit.Config) int{
		"hidden_size":       func(c vit.Config) int { return c.EmbedDim },
		"num_hidden_layers": func(c vit.Config) int { return c.Depth },
		"patch_size":        patchSize, "num_channels": channels,
		"num_register_tokens": func(c vit.Config) int { return c.RegTokens },
		"intermediate_size":   func(c vit.Config) int { return c.MLPHidden() },
		"qkv_bias":            func(c vit.Config) int { return number(c.QKVBias) },
		"use_swiglu_ffn":      func(c vit.Config) int { return number(c.SwiGLU) },
	})
	return t, err
}

func patchSize(c vit.Config) int { return c.PatchSize }
func channels(c vit.Config) int  { return c.InChannels }

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sides reads a height and width: a number, or a pair.
func (d document) sides(field string) ([2]int, error) {
	size, err := d.size(field, hubSize{}, true)
	if err == nil && size.shortest > 0 {
		err = d.refuse(field, "a number, a pair, or height and width")
	}
	return [2]int{size.height, size.width}, err
}

// stated reads fields whose values the tensors show, too: numbers, pairs of equal ones, true or
// false.
func (d document) stated(shown map[string]func(vit.Config) int) (out []stated, err error) {
	for field, f := range shown {
		if !d.has(field) {
			continue
		}
		s := stated{document: d, field: field, shown: f}
		var truth bool
		if d.read(field, &truth) == nil {
			s.value = number(truth)
		} else if size, err := d.size(field, hubSize{}, true); err == nil && size.height == size.width {
			s.value = size.height
		} else if string(d.fields[field]) != "0" {
			return nil, d.refuse(field, "a whole number")
		}
		out = append(out, s)
	}
	return out, nil
}

// agree verifies that the tensors are what side files state.
func (t traits) agree(c vit.Config) error {
	for _, s := range t.stated {
		if got := s.shown(c); got != s.value {
			return s.document.refuse(s.field,
				fmt.Sprintf("%d, as the tensors are: the file belongs to other weights, or "+
					"is not what they were made with", got))
		}
	}
	return nil
}

// timmTraits reads timm's config.json: the name of the architecture says what is usual for it, and
// model_args what was changed.
func timmTraits(d document) (t traits, err error) {
	if err := d.check(fates[timmFile]); err != nil {
		return t, err
	}
	args, err := d.object("model_args")
	if err != nil {
		return t, err
	}
	if err := args.check(fates[timmArgsFile]); err != nil {
		return t, err
	}
	name, _, _ := strings.Cut(d.word("architecture"), ".")
	t, err = timmArchitecture(d, name)
	if err != nil {
		return t, err
	}
	return t, t.change(d, args)
}

// change applies timm's global_pool and model_args.
func (t *traits) change(d, args document) error {
	if args.has("num_heads") {
		t.width = 0
		if err := args.read("num_heads", &t.heads); err != nil {
			return err
		}
	}
	if err := t.changeEnd(d, args); err != nil {
		return err
	}
	if err := t.changeLayers(args); err != nil {
		return err
	}
	var err error
	if t.imageSize, err = args.sides("img_size"); err != nil {
		return err
	}
	t.stated, err = args.stated(map[string]func(vit.Config) int{
		"embed_dim": func(c vit.Config) int { return c.EmbedDim }, "depth": func(c vit.Config) int { return c.Depth },
		"patch_size": patchSize, "in_chans": channels, "reg_tokens": func(c vit.Config) int { return c.RegTokens },
		"class_token": func(c vit.Config) int { return number(c.ClassToken) },
		"qkv_bias":    func(c vit.Config) int { return number(c.QKVBias) },
	})
	return err
}

// changeEnd applies what says how the network ends: pooling, and where the last norm is.
func (t *traits) changeEnd(d, args document) error {
	from := d
	if args.has("global_pool") {
		from = args
	}
	pool := t.pool
	if pool == vit.PoolDist {
		pool = vit.PoolToken // timm's name of what its distilled class does
	}
	before := pool
	if err := from.read("global_pool", &pool); err != nil {
		return err
	}
	switch pool {
	case vit.PoolToken, vit.PoolAvg, vit.PoolMax, vit.PoolAvgMax:
	case "":
		return from.refuse("global_pool",
			"one of token, avg, max, avgmax, since without pooling there are no features "+
				"of an image: say with it what is taken of the tokens")
	default:
		return from.refuse("global_pool", "one of token, avg, max, avgmax")
	}
	final := t.norm != vit.NormNone
	pooled := t.norm == vit.NormFeatures
	if pool != before {
		pooled = pool != vit.PoolToken // where fc_norm is not stated
	}
	if err := args.read("final_norm", &final); err != nil {
		return err
	}
	if err := args.read("fc_norm", &pooled); err != nil {
		return err
	}
	switch {
	case !final:
		t.norm = vit.NormNone
	case pooled:
		t.norm = vit.NormFeatures
	default:
		t.norm = vit.NormTokens
	}
	if t.pool != vit.PoolDist || pool != vit.PoolToken {
		t.pool = pool
	}
	return nil
}

// timmActivations are timm's names of activations, and of their classes.
var timmActivations = map[string]string{
	"gelu": vit.GELU, "gelu_tanh": vit.GELUTanh, "gelutanh": vit.GELUTanh, "quick_gelu": vit.QuickGELU,
	"quickgelu": vit.QuickGELU, "relu": vit.ReLU, "silu": vit.SiLU, "swish": vit.SiLU,
}

// timmNorms are the epsilons of timm's and PyTorch's norms.
var timmNorms = map[string]float64{
	"layernorm": 1e-6, "timm.layers.norm.layernorm": 1e-6, "layernormfp32": 1e-6,
	"torch.nn.modules.normalization.layernorm": 1e-5,
}

// changeLayers applies the layers that blocks are made of.
func (t *traits) changeLayers(args document) error {
	if args.has("act_layer") {
		act, ok := timmActivations[path.Base(strings.ReplaceAll(args.layer("act_layer"), ".", "/"))]
		if !ok {
			return args.refuse("act_layer", "an activation that is known here: "+keys(timmActivations))
		}
		t.activation = act
	}
	if args.has("norm_layer") {
		epsilon, ok := timmNorms[strings.ReplaceAll(args.layer("norm_layer"), "_", "")]
		if !ok {
			return args.refuse("norm_layer", "a norm that is known here: "+keys(timmNorms))
		}
		t.epsilon = epsilon
	}
	if args.has("block_fn") {
		switch name := args.layer("block_fn"); {
		case strings.HasSuffix(name, ".respostblock") || name == "respostblock":
			t.postNorm = true
		case strings.HasSuffix(name, "vision_transformer.block") || name == "block":
			t.postNorm = false
		default:
			return args.refuse("block_fn", "Block or ResPostBlock")
		}
	}
	for field, values := range map[string][]string{
		"attn_layer": {"", "attn", "attention", "timm.layers.attention.attention"},
		"mlp_layer": {
			"mlp", "timm.layers.mlp.mlp", "timm.layers.mlp.glumlp", "swiglupacked",
			"timm.layers.mlp.swiglupacked",
		},
	} {
		if name := args.layer(field); args.has(field) && !contains(values, name) {
			return args.refuse(field, "one that is known here: "+strings.Join(values, " "))
		}
	}
	return nil
}

// layer is a class or its name, in lower case: "<class 'a.b.C'>" is a.b.c.
func (d document) layer(field string) string {
	name := strings.ToLower(d.word(field))
	if inner, ok := strings.CutPrefix(name, "<class '"); ok {
		name = strings.TrimSuffix(inner, "'>")
	}
	return name
}

// apply lays the traits over what the tensors show.
func (t traits) apply(c *vit.Config) {
	c.Activation = cmp.Or(t.activation, c.Activation)
	c.GlobalPool = cmp.Or(t.pool, c.GlobalPool)
	if c.Norm = cmp.Or(t.norm, c.Norm); c.Norm != vit.NormNone {
		plain := *c
		if plain.Norm = vit.NormAuto; plain.LastNorm() == c.LastNorm() {
			c.Norm = vit.NormAuto
		}
	}
	c.PostNorm = c.PostNorm || t.postNorm
}
