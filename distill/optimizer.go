package distill

import (
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/optim"
)

// Kinds of [Optimizer].
const (
	OptimizerAdamW = "adamw"
	OptimizerLARS  = "lars"
	OptimizerMuon  = "muon" // of matrices; AdamW for the last layer and all that is no matrix
)

// Clip rules of [Optimizer].
const (
	ClipNone      = "none"
	ClipPerTensor = "per_tensor" // every gradient by its own norm (the official code)
	ClipGlobal    = "global"     // all gradients by their common norm (torch)
)

// Optimizer says how gradients become an update.
type Optimizer struct {
	Kind     string      `yaml:"kind"` // adamw, which empty stands for, lars or muon
	AdamW    optim.AdamW `yaml:"adamw"`
	LARS     optim.LARS  `yaml:"lars"`
	Muon     optim.Muon  `yaml:"muon"`
	Decay    string      `yaml:"decay"` // weight decay applies to: all or matrices
	Clip     string      `yaml:"clip"`  // none, per_tensor or global
	ClipNorm float64     `yaml:"clip_norm"`
}

// DefaultOptimizer is that of the official code.
func DefaultOptimizer() Optimizer {
	return Optimizer{
		Kind: OptimizerAdamW, AdamW: optim.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
		LARS: optim.DefaultLARS(), Muon: optim.DefaultMuon(), Decay: optim.DecayMatrices,
		Clip: ClipPerTensor, ClipNorm: 3,
	}
}

// Validate reports the first option that cannot work. Of the rules that are not used, those that
// say something are looked at, too.
func (o Optimizer) Validate() error {
	kinds := []string{OptimizerAdamW, OptimizerLARS, OptimizerMuon}
	if o.Kind != "" && !slices.Contains(kinds, o.Kind) {
		return option.Errorf("distill", "optimizer.kind", "is %q: must be one of %q", o.Kind, kinds)
	}
	if !slices.Contains([]string{optim.DecayAll, optim.DecayMatrices}, o.Decay) {
		return option.Errorf("distill", "optimizer.decay", "is %q: must be %q or %q", o.Decay, optim.DecayAll,
			optim.DecayMatrices)
	}
	if !slices.Contains([]string{ClipNone, ClipPerTensor, ClipGlobal}, o.Clip) {
		return option.Errorf("distill", "optimizer.clip", "is %q: must be %q, %q or %q", o.Clip, ClipNone,
			ClipPerTensor, ClipGlobal)
	}
	if o.Clip != ClipNone && !(o.ClipNorm > 0) {
		return option.Errorf("distill", "optimizer.clip_norm", "is %g: must be positive, or set %s to %q", o.ClipNorm,
			option.Name("optimizer.clip"), ClipNone)
	}
	return o.validateRules()
}

func (o Optimizer) validateRules() error {
	for _, r := range []struct {
		section option.Name
		rule    optim.Rule
		used    bool
	}{
		{"optimizer.adamw", o.AdamW, o.Kind != OptimizerLARS || o.AdamW != optim.AdamW{}},
		{"optimizer.lars", o.LARS, o.Kind == OptimizerLARS || o.LARS != optim.LARS{}},
		{"optimizer.muon", o.Muon, o.Kind == OptimizerMuon || o.Muon != optim.Muon{}},
	} {
		if !r.used {
			continue
		}
		if err := option.Within("distill", r.section, r.rule.Validate()); err != nil {
			return err
		}
	}
	return nil
}

// HasAdamWRate tells whether a learning rate that suits AdamW suits the optimizer.
func (o Optimizer) HasAdamWRate() bool {
	switch o.Kind {
	case OptimizerLARS:
		return false
	case OptimizerMuon:
		return o.Muon.AdjustRate == optim.AdjustMatchAdamW
	}
	return true
}

// rule is how a parameter of the student is updated.
func (m *Model) rule(o Optimizer, p *model.Variable) optim.Rule {
	switch {
	case o.Kind == OptimizerLARS:
		return o.LARS
	case o.Kind == OptimizerMuon && p.Shape().Rank() == 2 && !m.isLastLayer(p):
		return o.Muon
	}
	return o.AdamW
}

// Moments are the paths of the variables that an optimizer keeps of a parameter of the student
// between steps, each of its shape.
func (m *Model) Moments(o Optimizer, p *model.Variable) []string {
	var paths []string
	for _, which := range m.rule(o, p).Moments() {
		paths = append(paths, optim.MomentPath(which, p.Path()))
	}
	return paths
}
