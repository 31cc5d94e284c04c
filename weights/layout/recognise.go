package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/weights"
)

// Layouts lists the names of all layouts.
var Layouts = []string{Timm, Official, DINOv2, HF, Lightning, DINO}

// PrefixHelp and PosEmbedHelp say what [Options].Prefix and PosEmbed are, for commands that take
// them.
const PrefixHelp = "what the names of one network begin with, where a file has several"

// PosEmbedHelp lists the names that PosEmbed takes.
func PosEmbedHelp() string {
	return "how position embeddings are resampled: timm (antialiased), official (offset of 0.1, not " +
		"antialiased: Meta's " +
		"DINO, and DINOv2 as its repository trains it) or hf (neither) (default: what the project of the layout does)"
}

// recognise names the layout of a source, or verifies the one that was asked for.
func recognise(source weights.Source, roots []root, asked string) (string, error) {
	if asked == "" {
		return guess(source, roots), nil
	}
	if !slices.Contains(Layouts, asked) {
		return "", fmt.Errorf("layout is %q: must be one of %s%s", asked, strings.Join(Layouts, ", "),
			spelling.DidYouMean(asked, Layouts))
	}
	if roots[0].hf != (asked == HF) {
		return "", fmt.Errorf("layout is %q, but the names are those of layout %q: there is a tensor %s", asked,
			guess(source, roots), kernelName(roots[0]))
	}
	return asked, nil
}

func kernelName(r root) string {
	if r.hf {
		return r.prefix + hfKernel
	}
	return r.prefix + timmKernel
}

// guess tests the most specific marks first. Official and timm's names are the same; a
// PyTorch file without classifier is taken for Meta's, since timm publishes safetensors.
func guess(source weights.Source, roots []root) string {
	pth := isPTH(source)
	prefix := roots[0].prefix
	switch {
	case roots[0].hf:
		return HF
	case own(source)[statedLayout] != "":
		return own(source)[statedLayout]
	case isOwn(own(source)):
		return DINO
	case strings.HasSuffix(prefix, "backbone.teacher.") || strings.HasSuffix(prefix, "backbone.student."):
		if pth {
			return Lightning
		}
		return DINO
	case hasDINOv2Marks(source, prefix):
		return DINOv2
	case roots[0].role != roleOnly && strings.HasSuffix(prefix, "backbone."):
		return Official
	case isAmbiguous(source, roots):
		return Official
	}
	return Timm
}

// isAmbiguous tells a state dict of PyTorch whose names are those of timm and of Meta's DINO alike.
func isAmbiguous(source weights.Source, roots []root) bool {
	return own(source)[statedLayout] == "" && isPTH(source) && len(roots) == 1 && roots[0].prefix == "" &&
		!roots[0].hf && !isOwn(own(source)) &&
		!hasDINOv2Marks(source, "") && !hasTimmMarks(source)
}

// isOwn tells the files that we write.
func isOwn(metadata map[string]string) bool {
	return statedKind(metadata) != "" || metadata["producer"] == producer
}

// hasDINOv2Marks looks for the names that only DINOv2's transformer has.
func hasDINOv2Marks(source weights.Source, prefix string) bool {
	for _, name := range source.Names() {
		inner, ok := strings.CutPrefix(name, prefix)
		if ok && (inner == "mask_token" || inner == "register_tokens" || strings.Contains(inner, ".mlp.w12.") ||
			chunked(inner)) {
			return true
		}
	}
	return false
}

// hasTimmMarks looks for the names that Meta's first release never has.
func hasTimmMarks(source weights.Source) bool {
	return slices.ContainsFunc(source.Names(), func(name string) bool {
		return strings.HasPrefix(name, "head.") || strings.HasPrefix(name, "fc_norm.") || name == "reg_token" ||
			name == "dist_token" ||
			strings.HasSuffix(name, ".ls1.gamma")
	})
}
