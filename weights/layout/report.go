package layout

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// verify compares what the backbones have with what the architecture needs, both ways.
func (p *plan) verify() error {
	want := p.Network.Shapes()
	for _, part := range []string{PartTeacher, PartStudent} {
		have := map[string]recipe{}
		for _, r := range p.recipes {
			if r.part == part {
				have[r.name] = r
			}
		}
		if len(have) == 0 {
			continue
		}
		var problems []string
		for _, name := range slices.Sorted(maps.Keys(want)) {
			r, ok := have[name]
			switch {
			case !ok:
				problems = append(problems, fmt.Sprintf("missing %s %v", name, want[name]))
			case !slices.Equal(r.shape, want[name]):
				problems = append(problems,
					fmt.Sprintf("%s (%s) is %v, want %v", name, strings.Join(r.from, ", "), r.shape, want[name]))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(have)) {
			if _, ok := want[name]; !ok {
				problems = append(problems, fmt.Sprintf("unexpected %s %v", name, have[name].shape))
			}
		}
		if len(problems) > 0 {
			return fmt.Errorf("layout %s: %d tensors of the %s do not fit a transformer of width %d, %d blocks and "+
				"patches of %d: %s",
				p.Layout, len(problems), part, p.Network.Width(), p.Network.Outputs().Blocks,
				p.Network.Geometry().Patch,
				strings.Join(problems[:min(5, len(problems))], "; "))
		}
	}
	return nil
}

// report lists every tensor of the source: used, or left over.
func (p *plan) report() {
	listed := map[string]bool{}
	for _, r := range p.recipes {
		p.Report.Used = append(p.Report.Used, Use{Part: r.part, Name: r.name, Shape: r.shape, From: r.from})
		for _, name := range r.from {
			listed[name] = true
		}
	}
	for _, t := range p.Report.LeftOver {
		listed[t.Name] = true
	}
	for _, name := range p.source.Names() {
		if !listed[name] {
			p.skip(name, purpose(name))
		}
	}
	sort.Slice(p.Report.LeftOver, func(i, j int) bool { return p.Report.LeftOver[i].Name < p.Report.LeftOver[j].Name })
}

// purposes tells by a part of its name what a tensor that is left over is.
var purposes = []struct{ part, why string }{
	{"optimizer", "state of the optimizer"},
	{"lr_schedulers", "state of a schedule"},
	{"scaler", "state of the loss scaler"},
	{"ibot_head", "head of DINOv2's masked patches"},
	{"dino_loss", "state of the loss"},
	{"ibot_patch_loss", "state of the loss"},
	{"_coefficient", "coefficient of the moving average"},
	{"callbacks", "state of a callback"},
	{"classifier", "classifier"},
	{"head", "head"},
	{"projector", "head"},
}

func purpose(name string) string {
	for _, p := range purposes {
		if strings.Contains(name, p.part) {
			return p.why
		}
	}
	return ""
}

// provenance is what the metadata say, without our own structures and without the state of
// optimizers and programs.
func provenance(metadata map[string]string) map[string]string {
	out, own := map[string]string{}, MetadataNetwork(statedKind(metadata))
	for key, value := range metadata {
		first, _, _ := strings.Cut(key, "/")
		switch first {
		case "optimizer", "optimizer_states", "lr_schedulers", "loops", "callbacks", "fp16_scaler", "_metadata",
			MetadataPreprocessing, MetadataHead, own:
		default:
			out[key] = value
		}
	}
	return out
}
