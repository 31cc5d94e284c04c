package verdict

import (
	"fmt"
	"strconv"
)

// Bounds of settings.
const (
	leastBatch      = 4    // images a step
	leastImages     = 200  // to learn from, without weights to start from
	leastPrototypes = 8    // K
	fixedCenter     = 1e-3 // 1 − center momentum, below which the center does not follow
	hotShare        = 0.75 // of the student's temperature, that the teacher's must stay below
	coldTeacher     = 0.01 // temperature
	softStudent     = 0.4  // temperature
	leastDrift      = 0.02 // Σ(1 − momentum) over a run, below which the teacher is the first network all the time
	mostPerImage    = 64   // prototypes an image
	manyFrom        = 4096 // prototypes that are not many for any number of images
)

func (f Facts) smallBatch() bool { return f.Batch > 0 && f.Batch < leastBatch }
func (f Facts) centerOff() bool {
	return f.Centering && 1-f.CenterMomentum < fixedCenter
}

// unfinishedWarmup tells whether the run is over before the temperature has its final value.
func (f Facts) unfinishedWarmup() bool { return f.Steps > 0 && f.TemperatureWarmup > f.Steps }

func (f Facts) hot() bool {
	return f.TemperatureStudent > 0 && f.TemperatureTeacher > hotShare*f.TemperatureStudent
}

func (f Facts) manyPrototypes() bool {
	return f.Prototypes > manyFrom && f.Images > 0 && f.Prototypes > mostPerImage*f.Images
}

// setting is an option, or several, with a value that cannot work well.
type setting struct {
	kind       Kind
	severity   Severity
	confidence Confidence
	wrong      func(Facts) bool
	evidence   func(Facts) Number
	option     string             // that the advice sets; empty where there is no advice
	better     func(Facts) string // its value
	what       func(Facts) string
}

// settingRules find settings that cannot work well for the images, before the first step.
func settingRules() []rule {
	var rules []rule
	for _, s := range settings {
		rules = append(rules, rule{
			kind: s.kind, severity: s.severity, before: s.wrong,
			tell: func(j *Judge) Finding {
				f := Finding{
					Confidence: s.confidence, What: s.what(j.facts), Evidence: []Number{s.evidence(j.facts)},
				}
				if s.option != "" {
					f.Advice = []Advice{{Option: s.option, Value: s.better(j.facts)}}
				}
				return f
			},
		})
	}
	return rules
}

// always advises one value.
func always(value string) func(Facts) string { return func(Facts) string { return value } }

func suggestedTemperature(f Facts) string { return number(f.Suggested.TemperatureTeacher) }
func suggestedPrototypes(f Facts) string  { return strconv.Itoa(f.Suggested.Prototypes) }
func suggestedBatch(f Facts) string       { return strconv.Itoa(f.Suggested.Batch) }

var settings = []setting{
	{
		kind: HotTeacher, severity: Warning, confidence: Likely, wrong: Facts.hot,
		evidence: func(f Facts) Number {
			return Number{"model.temperature_teacher", f.TemperatureTeacher, hotShare * f.TemperatureStudent}
		},
		option: "model.temperature_teacher", better: suggestedTemperature,
		what: func(f Facts) string {
			than := "nearly as soft as"
			if f.TemperatureTeacher >= f.TemperatureStudent {
				than = "no sharper than"
			}
			return fmt.Sprintf("too hot a teacher: its targets at the temperature %s are %s the student's predictions "+
				"at %s; training then drifts to the uniform target",
				number(f.TemperatureTeacher), than, number(f.TemperatureStudent))
		},
	},
	{
		kind: UnfinishedWarmup, severity: Hint, confidence: Certain, wrong: Facts.unfinishedWarmup,
		evidence: func(f Facts) Number {
			return Number{"temperature_warmup_steps", float64(f.TemperatureWarmup), float64(f.Steps)}
		},
		option: "model.warmup_epochs_temperature_teacher", better: func(f Facts) string {
			return strconv.Itoa(f.Steps / max(f.StepsPerEpoch, 1) * 3 / 10)
		},
		what: func(f Facts) string {
			return fmt.Sprintf("the run ends while the teacher's temperature still rises: its warm-up takes %d steps "+
				"and the run %d, so that it never has the temperature %s", f.TemperatureWarmup, f.Steps,
				number(f.TemperatureTeacher))
		},
	},
	{
		kind: ColdTeacher, severity: Warning, confidence: Likely,
		wrong: func(f Facts) bool {
			return f.TemperatureTeacher > 0 && f.TemperatureTeacher < coldTeacher && f.Centering
		},
		evidence: func(f Facts) Number {
			return Number{"model.temperature_teacher", f.TemperatureTeacher, coldTeacher}
		},
		option: "model.temperature_teacher", better: suggestedTemperature,
		what: func(f Facts) string {
			return fmt.Sprintf("too cold a teacher: at the temperature %s every target is a single prototype from the "+
				"first step, whatever the network has learned", number(f.TemperatureTeacher))
		},
	},
	{
		kind: SoftStudent, severity: Warning, confidence: Likely,
		wrong: func(f Facts) bool { return f.TemperatureStudent > softStudent },
		evidence: func(f Facts) Number {
			return Number{"model.temperature_student", f.TemperatureStudent, softStudent}
		},
		option: "model.temperature_student", better: always("0.1"),
		what: func(f Facts) string {
			return fmt.Sprintf("too soft a student: at the temperature %s its predictions are nearly uniform, "+
				"whatever it has learned", number(f.TemperatureStudent))
		},
	},
	{
		kind: CenterOff, severity: Warning, confidence: Certain, wrong: Facts.centerOff,
		evidence: func(f Facts) Number { return Number{"model.center_momentum", f.CenterMomentum, 1 - fixedCenter} },
		option:   "model.center_momentum", better: always("0.9"),
		what: func(f Facts) string {
			return fmt.Sprintf("the center does not follow the teacher's outputs (model.center_momentum is %s), so "+
				"nothing keeps one prototype from winning everywhere", number(f.CenterMomentum))
		},
	},
	{
		kind: ManyPrototypes, severity: Warning, confidence: Likely, wrong: Facts.manyPrototypes,
		evidence: func(f Facts) Number {
			return Number{"model.n_prototypes", float64(f.Prototypes), float64(mostPerImage * f.Images)}
		},
		option: "model.n_prototypes", better: suggestedPrototypes,
		what: func(f Facts) string {
			return fmt.Sprintf("too many prototypes: %d for %d images; most are never the target of an image, and "+
				"training drifts to the uniform target", f.Prototypes, f.Images)
		},
	},
	{
		kind: FewPrototypes, severity: Warning, confidence: Certain,
		wrong:    func(f Facts) bool { return f.Prototypes > 0 && f.Prototypes < leastPrototypes },
		evidence: func(f Facts) Number { return Number{"model.n_prototypes", float64(f.Prototypes), leastPrototypes} },
		option:   "model.n_prototypes", better: suggestedPrototypes,
		what: func(f Facts) string {
			return fmt.Sprintf("too few prototypes: with %d of them the targets can tell images apart only in so many "+
				"groups", f.Prototypes)
		},
	},
	{
		kind: SmallBatch, severity: Warning, confidence: Certain, wrong: Facts.smallBatch,
		evidence: func(f Facts) Number { return Number{"train.batch_size", float64(f.Batch), leastBatch} },
		option:   "train.batch_size", better: suggestedBatch,
		what: func(f Facts) string {
			return fmt.Sprintf("too small a batch: the center and the update of a step are those of %d of %d images",
				f.Batch, f.Images)
		},
	},
	{
		kind: FewImages, severity: Hint, confidence: Likely,
		wrong:    func(f Facts) bool { return f.Images > 0 && f.Images < leastImages && f.InitStd > 0 },
		evidence: func(f Facts) Number { return Number{"images", float64(f.Images), leastImages} },
		what: func(f Facts) string {
			return fmt.Sprintf("few images: %d are hardly enough to learn from without weights to start from; weights "+
				"that others trained help most (the option init)", f.Images)
		},
	},
	{
		kind: FrozenPrototypes, severity: Warning, confidence: Certain,
		wrong: func(f Facts) bool { return f.allFrozen() && f.Steps >= shortRun },
		evidence: func(f Facts) Number {
			return Number{"frozen_steps", float64(f.FrozenLastLayer), float64(f.Steps)}
		},
		option: "train.schedule.freeze_last_layer", better: always("1%"),
		what: always("the prototypes are frozen for the whole run"),
	},
}
