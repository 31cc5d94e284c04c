package layout

import (
	"fmt"
	"strings"
)

// timmTop are timm's names outside the blocks.
var timmTop = []string{
	"cls_token", "pos_embed", "reg_token", "dist_token", "patch_embed.proj.weight", "patch_embed.proj.bias",
	"norm.weight", "norm.bias", "fc_norm.weight", "fc_norm.bias",
}

// timmBlock are timm's names within a block.
var timmBlock = []string{
	"norm1.weight", "norm1.bias", "attn.qkv.weight", "attn.qkv.bias", "attn.proj.weight", "attn.proj.bias", "ls1.gamma",
	"norm2.weight", "norm2.bias", "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias", "ls2.gamma",
}

// timmAliases are other names of the same: DINOv2's registers and gated MLP.
var timmAliases = map[string]string{
	"register_tokens": "reg_token",
	"mlp.w12.weight":  "mlp.fc1.weight", "mlp.w12.bias": "mlp.fc1.bias", "mlp.w3.weight": "mlp.fc2.weight",
	"mlp.w3.bias": "mlp.fc2.bias",
}

// timmNotNeeded are the tensors behind or beside the features, by the beginning of their names.
var timmNotNeeded = map[string]string{
	"head.": "classifier", "head_dist.": "classifier", "pre_logits.": "classifier", "linear_head.": "classifier",
	"mask_token": "stands for masked patches while training",
}

// timmTarget is the [translation] of the names of timm, of DINO and of DINOv2.
func timmTarget(inner string) (target, bool) {
	if rest, ok := strings.CutPrefix(inner, "blocks."); ok {
		index, name, _ := strings.Cut(rest, ".")
		if chunked(inner) {
			index, name, _ = strings.Cut(name, ".")
		}
		if canonical, ok := known(name, timmBlock); ok && isIndex(index) {
			return whole("blocks." + index + "." + canonical), true
		}
		return target{}, false
	}
	if canonical, ok := known(inner, timmTop); ok {
		return whole(canonical), true
	}
	for prefix, why := range timmNotNeeded {
		if strings.HasPrefix(inner, prefix) {
			return target{why: why}, true
		}
	}
	return target{}, false
}

// known returns the canonical form of a name that is in the list or an alias of one that is.
func known(name string, list []string) (string, bool) {
	if alias, ok := timmAliases[name]; ok {
		name = alias
	}
	for _, canonical := range list {
		if name == canonical {
			return name, true
		}
	}
	return "", false
}

// chunked tells the names of a network whose blocks were grouped for sharding:
// blocks.GROUP.BLOCK.…, where BLOCK counts all.
func chunked(inner string) bool {
	segments := strings.SplitN(inner, ".", 4)
	return len(segments) == 4 && segments[0] == "blocks" && isIndex(segments[1]) && isIndex(segments[2])
}

// isIndex tells a number as Python writes it.
func isIndex(text string) bool {
	var n int
	_, err := fmt.Sscanf(text, "%d", &n)
	return err == nil && fmt.Sprint(n) == text && n >= 0
}
