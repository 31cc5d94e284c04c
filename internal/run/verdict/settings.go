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

func (f Facts) hot() bool {
	return f.TemperatureStudent > 0 && f.TemperatureTeacher > hotShare*f.TemperatureStudent
}

func (f Facts) manyPrototypes() bool {
	return f.Prototypes > manyFrom && f.Images > 0 && f.Prototypes > mostPerImage*f.Images
}

// settingRules find options that cannot work well for the images, before the first step.
func settingRules() []rule {
	return []rule{
		{
			kind: HotTeacher, severity: Warning, before: Facts.hot,
			tell: func(j *Judge) Finding {
				f := j.facts
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too hot a teacher: its targets at the temperature %s are nearly as soft as the "+
						"student's predictions at %s; training then drifts to the uniform target",
						number(f.TemperatureTeacher), number(f.TemperatureStudent)),
					Evidence: []Number{{
						"model.temperature_teacher", f.TemperatureTeacher,
						hotShare * f.TemperatureStudent,
					}},
					Advice: []Advice{{
						Option: "model.temperature_teacher",
						Value:  number(f.Suggested.TemperatureTeacher),
					}},
				}
			},
		},
		{
			kind: ColdTeacher, severity: Warning,
			before: func(f Facts) bool {
				return f.TemperatureTeacher > 0 && f.TemperatureTeacher < coldTeacher &&
					f.Centering
			},
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too cold a teacher: at the temperature %s every target is a single "+
						"prototype from "+
						"the first step, whatever the network has learned", number(j.facts.TemperatureTeacher)),
					Evidence: []Number{{"model.temperature_teacher", j.facts.TemperatureTeacher, coldTeacher}},
					Advice: []Advice{{
						Option: "model.temperature_teacher",
						Value:  number(j.facts.Suggested.TemperatureTeacher),
					}},
				}
			},
		},
		{
			kind: SoftStudent, severity: Warning,
			before: func(f Facts) bool { return f.TemperatureStudent > softStudent },
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too soft a student: at the temperature %s its predictions are nearly "+
						"uniform, whatever "+
						"it has learned", number(j.facts.TemperatureStudent)),
					Evidence: []Number{{"model.temperature_student", j.facts.TemperatureStudent, softStudent}},
					Advice:   []Advice{{Option: "model.temperature_student", Value: "0.1"}},
				}
			},
		},
		{
			kind: CenterOff, severity: Warning, before: Facts.centerOff,
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("the center does not follow the teacher's outputs "+
						"(model.center_momentum is %s), so "+
						"nothing keeps one prototype from winning everywhere", number(j.facts.CenterMomentum)),
					Evidence: []Number{{"model.center_momentum", j.facts.CenterMomentum, 1 - fixedCenter}},
					Advice:   []Advice{{Option: "model.center_momentum", Value: "0.9"}},
				}
			},
		},
		{
			kind: ManyPrototypes, severity: Warning, before: Facts.manyPrototypes,
			tell: func(j *Judge) Finding {
				f := j.facts
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("too many prototypes: %d for %d images; most are never the target of "+
						"an image, and "+
						"training drifts to the uniform target", f.Prototypes, f.Images),
					Evidence: []Number{{"model.n_prototypes", float64(f.Prototypes), float64(mostPerImage * f.Images)}},
					Advice:   []Advice{{Option: "model.n_prototypes", Value: strconv.Itoa(f.Suggested.Prototypes)}},
				}
			},
		},
		{
			kind: FewPrototypes, severity: Warning,
			before: func(f Facts) bool { return f.Prototypes > 0 && f.Prototypes < leastPrototypes },
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("too few prototypes: with %d of them the targets can tell images "+
						"apart only in so "+
						"many groups", j.facts.Prototypes),
					Evidence: []Number{{"model.n_prototypes", float64(j.facts.Prototypes), leastPrototypes}},
					Advice: []Advice{{
						Option: "model.n_prototypes",
						Value:  strconv.Itoa(j.facts.Suggested.Prototypes),
					}},
				}
			},
		},
		{
			kind: SmallBatch, severity: Warning, before: Facts.smallBatch,
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("too small a batch: the center and the update of a step are those of %d "+
						"of %d images",
						j.facts.Batch, j.facts.Images),
					Evidence: []Number{{"train.batch_size", float64(j.facts.Batch), leastBatch}},
					Advice:   []Advice{{Option: "train.batch_size", Value: strconv.Itoa(j.facts.Suggested.Batch)}},
				}
			},
		},
		{
			kind: FewImages, severity: Hint,
			before: func(f Facts) bool { return f.Images > 0 && f.Images < leastImages && f.InitStd > 0 },
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Likely,
					What: fmt.Sprintf("few images: %d are hardly enough to learn from without weights to start from; "+
						"--init with weights that others trained helps most", j.facts.Images),
					Evidence: []Number{{"images", float64(j.facts.Images), leastImages}},
				}
			},
		},
		{
			kind: FrozenPrototypes, severity: Warning,
			before: func(f Facts) bool { return f.allFrozen() && f.Steps >= shortRun },
			tell: func(j *Judge) Finding {
				return Finding{
					Confidence: Certain,
					What:       "the prototypes are frozen for the whole run",
					Evidence:   []Number{{"frozen_steps", float64(j.facts.FrozenLastLayer), float64(j.facts.Steps)}},
					Advice:     []Advice{{Option: "train.schedule.freeze_last_layer", Value: "1%"}},
				}
			},
		},
	}
}
