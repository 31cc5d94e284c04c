package config

import (
	"encoding"
	"reflect"
	"slices"
	"strings"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"
)

// separator stands between the names of a path: train.schedule.lr.base.
const separator = "."

// isSection tells a type that holds options from the type of an option.
func isSection(t reflect.Type) bool { return t.Kind() == reflect.Struct && !hasText(t) }

// hasText tells a type with a written form of its own.
func hasText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// nameOf is how a field is written in YAML; empty for one that is not.
func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// visit calls f for every option below a section, and with sections for these too, in order.
func visit(section reflect.Type, path string, sections bool, f func(path string, t reflect.Type)) {
	for i := range section.NumField() {
		field := section.Field(i)
		name := nameOf(field)
		if name == "" {
			continue
		}
		below := isSection(field.Type)
		if !below || sections {
			f(path+name, field.Type)
		}
		if below {
			visit(field.Type, path+name+separator, sections, f)
		}
	}
}

// Options lists the paths of all options.
func Options() []string {
	var paths []string
	visit(reflect.TypeFor[Config](), "", false, func(path string, _ reflect.Type) { paths = append(paths, path) })
	return paths
}

// didYouMean is the end of an error about an option that there is not.
func didYouMean(path string) string { return "; did you mean " + nearest(path) + "?" }

// nearest is the option or section that a misspelt path most likely means: what takes fewest
// changes to the whole path, or to its last name, which people write alone.
func nearest(path string) string {
	best, fewest := "", 0
	leaf := path[strings.LastIndex(path, separator)+1:]
	visit(reflect.TypeFor[Config](), "", true, func(candidate string, _ reflect.Type) {
		last := candidate[strings.LastIndex(candidate, separator)+1:]
		changes := 2 * spelling.Distance(path, candidate)
		if alone := 2*spelling.Distance(leaf, last) + 1; alone < changes { // the whole path counts more
			changes = alone
		}
		if best == "" || changes < fewest {
			best, fewest = candidate, changes
		}
	})
	return best
}

// Words are the values of an option that takes one of a few.
type Words struct {
	Option  string
	Allowed []string
}

// Enumerations lists the options that take one of a few words.
func Enumerations() []Words {
	crops := []Words{
		{"interpolation", []string{string(augment.Bicubic), string(augment.Bilinear)}},
		{"blur.kind", []string{string(augment.BlurPIL), string(augment.BlurKernel)}},
	}
	all := []Words{
		{"preset", []string{Auto, Seed, Paper}},
		{"data.normalization", normalizations},
		{"data.pages", pages},
		{"model.encoder", append([]string{distill.EncoderCustom}, vit.Names()...)},
		{"model.vit.global_pool", vit.Pools()},
		{"model.vit.activation", vit.Activations()},
		{"model.vit.norm", vit.Norms()},
		{"model.vit.pos_embed", []string{vit.PosEmbedTimm, vit.PosEmbedOfficial, vit.PosEmbedHF}},
		{"model.head", []string{distill.HeadSeed, distill.HeadOfficial}},
		{"model.targets", []string{distill.TargetsCentering, distill.TargetsSinkhorn}},
		{"model.center_rule", []string{distill.CenterSeed, distill.CenterOfficial}},
		{"model.precision", precision.Names()},
		{
			"train.optimizer.kind",
			[]string{distill.OptimizerAdamW, distill.OptimizerLARS, distill.OptimizerMuon},
		},
		{"train.optimizer.muon.adjust_rate", []string{optim.AdjustMatchAdamW, optim.AdjustOriginal}},
		{"train.optimizer.decay", []string{optim.DecayAll, optim.DecayMatrices}},
		{"train.optimizer.clip", []string{distill.ClipNone, distill.ClipPerTensor, distill.ClipGlobal}},
		{"train.schedule.lr.kind", []string{schedule.KindCosine, schedule.KindWarmupCosineSeed, schedule.KindConstant}},
		{"train.schedule.weight_decay.kind", []string{schedule.KindCosine, schedule.KindConstant}},
		{"train.schedule.momentum_per", []string{schedule.PerStep, schedule.PerEpoch}},
		{"train.schedule.teacher_temp_kind", []string{schedule.KindOfficial, schedule.KindSeed}},
	}
	for _, kind := range []string{"augment.global_crops.", "augment.local_crops."} {
		for _, words := range crops {
			all = append(all, Words{kind + words.Option, words.Allowed})
		}
	}
	order := Options()
	slices.SortFunc(all, func(a, b Words) int { return slices.Index(order, a.Option) - slices.Index(order, b.Option) })
	return all
}
