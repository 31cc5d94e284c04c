package layout

import (
	"slices"
	"strings"

	"github.com/dino-go/dino/weights"
)

// centerName is the center's name among the recipes.
const centerName = "center"

// defaultCenterMomentum is what all projects use, and what a run without a configuration is taken to have used.
const defaultCenterMomentum = 0.9

// center finds the center of the teacher's logits [1, K]. Our checkpoints hold the last update apart, which is then applied.
func (p *plan) center() {
	if p.Head == nil {
		return
	}
	want := []int{1, p.Head.Prototypes}
	for _, name := range p.source.Names() {
		base, ok := strings.CutSuffix(name, "center")
		if !ok || !(strings.HasSuffix(base, "dino_loss/") || strings.HasSuffix(base, "dino_loss.")) || !slices.Equal(p.shape(name), want) {
			continue
		}
		r := recipe{part: PartCenter, name: centerName, shape: want, from: []string{name}}
		if p.hasQueued(base) {
			r.from = []string{name, base + "queued", base + "center_set", base + "queued_set"}
			r.build = p.applyQueued
		}
		p.recipes = append(p.recipes, r)
		return
	}
}

// hasQueued tells whether the state of our center is there: the queued update in the shape of the center, and two flags.
func (p *plan) hasQueued(base string) bool {
	for name, shape := range map[string][]int{"queued": {1, p.Head.Prototypes}, "center_set": {}, "queued_set": {}} {
		info, ok := p.source.Info(base + name)
		if !ok || info.DType != weights.F32 || !slices.Equal(info.Shape, shape) {
			return false
		}
	}
	return true
}

// applyQueued is distill.Center.Current: the center with the mean of the last batch mixed in, or set to it where it was the first.
func (p *plan) applyQueued(from []weights.Tensor) []float32 {
	center, queued, centerSet, queuedSet := floats(from[0]), floats(from[1]), floats(from[2])[0] > 0, floats(from[3])[0] > 0
	momentum := p.side.run.Model.CenterMomentum
	if momentum == 0 {
		momentum = defaultCenterMomentum
	}
	switch {
	case !queuedSet:
		return center
	case !centerSet:
		return queued
	}
	for i := range center {
		center[i] = center[i]*float32(momentum) + queued[i]*float32(1-momentum)
	}
	return center
}

// optimizer finds the moments in our checkpoints.
func (p *plan) optimizer() {
	for _, name := range p.source.Names() {
		if moment, ok := strings.CutPrefix(name, "optimizer."); ok && isOptimizer(name) {
			p.recipes = append(p.recipes, recipe{part: PartOptimizer, name: moment, shape: p.shape(name), from: []string{name}})
		}
	}
}
