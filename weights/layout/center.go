package layout

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/weights"
)

// center finds the center of the teacher's logits [1, K]. Our checkpoints hold the last update
// apart, which is then applied.
func (p *plan) center() {
	if p.Head == nil {
		return
	}
	want := []int{1, p.Head.Prototypes}
	for _, name := range p.source.Names() {
		base, ok := strings.CutSuffix(name, center.Center)
		if !ok || !(strings.HasSuffix(base, center.Scope+"/") || strings.HasSuffix(base, center.Scope+".")) ||
			!slices.Equal(p.shape(name), want) {
			continue
		}
		r := recipe{part: PartCenter, name: center.Center, shape: want, from: []string{name}}
		if p.hasQueued(base) {
			r.from = []string{name, base + center.Queued, base + center.CenterSet, base + center.QueuedSet}
			r.build = p.applyQueued
		}
		p.recipes = append(p.recipes, r)
		return
	}
}

// hasQueued tells whether the whole state of our center is there, in float32.
func (p *plan) hasQueued(base string) bool {
	for name, shape := range center.Shapes(p.Head.Prototypes) {
		info, ok := p.source.Info(base + name)
		if !ok || info.DType != weights.F32 || !slices.Equal(info.Shape, shape) {
			return false
		}
	}
	return true
}

// applyQueued returns the center that the next step would subtract. A source without a
// configuration is taken to have the momentum of all.
func (p *plan) applyQueued(from []weights.Tensor) []float32 {
	s := center.State{
		Center: floats(from[0]), Queued: floats(from[1]), CenterSet: floats(from[2])[0] > 0,
		QueuedSet: floats(from[3])[0] > 0,
	}
	return s.Current(cmp.Or(p.side.run.Model.CenterMomentum, center.DefaultMomentum))
}

// optimizer finds the moments in our checkpoints.
func (p *plan) optimizer() {
	for _, name := range p.source.Names() {
		if moment, ok := strings.CutPrefix(name, "optimizer."); ok && isOptimizer(name) {
			p.recipes = append(p.recipes,
				recipe{part: PartOptimizer, name: moment, shape: p.shape(name), from: []string{name}})
		}
	}
}
