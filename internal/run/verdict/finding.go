package verdict

import (
	"fmt"
	"strings"

	"github.com/dino-go/dino/observe"
)

// Kind names what was found.
type Kind string

// The kinds of findings. Those that [Kind.Collapse] calls a collapse end learning for good.
const (
	UniformCollapse     Kind = "uniform_collapse"       // every image has the uniform target
	OnePrototype        Kind = "one_prototype"          // every image has the same prototype
	SharedTarget        Kind = "shared_target"          // every image has the same target, which is neither
	DimensionalCollapse Kind = "dimensional_collapse"   // the features of all images lie along few directions
	Divergence          Kind = "divergence"             // the student no longer follows the teacher
	FrozenTeacher       Kind = "frozen_teacher"         // the teacher does not change
	IdenticalTeacher    Kind = "identical_teacher"      // the teacher is the student
	HotTeacher          Kind = "hot_teacher"            // the targets are as soft as the predictions
	UnfinishedWarmup    Kind = "unfinished_warmup"      // of the teacher's temperature, when the run ends
	ColdTeacher         Kind = "cold_teacher"           // the targets are one prototype each from the start
	SoftStudent         Kind = "soft_student"           // its predictions are soft whatever it has learned
	CenterOff           Kind = "center_off"             // nothing keeps one prototype from winning
	ManyPrototypes      Kind = "too_many_prototypes"    // for the number of images
	FewPrototypes       Kind = "too_few_prototypes"     // to tell images apart
	RateHigh            Kind = "learning_rate_too_high" // steps are large against the weights
	RateLow             Kind = "learning_rate_too_low"  // all steps together hardly move the weights
	SmallBatch          Kind = "batch_too_small"        // for the statistics that a step is made of
	FewImages           Kind = "few_images"             // to learn from
	IdenticalImages     Kind = "identical_images"
	SimilarImages       Kind = "similar_images"
	ConstantImages      Kind = "constant_images"
	PoorStart           Kind = "poor_start"  // the first network gives all images nearly the same features
	DataBound           Kind = "data_bound"  // the run waits for its images
	Plateau             Kind = "plateau"     // learning has stopped
	NoLearning          Kind = "no_learning" // the student does not tell images apart
	DecayHigh           Kind = "weight_decay_too_high"
	FrozenPrototypes    Kind = "frozen_prototypes"
	ShortRun            Kind = "short_run" // so few steps that little can come of it
)

// Severity says what a finding means for the run.
type Severity string

// The severities.
const (
	Failure Severity = "failure" // the run learns nothing any more: --stop-on-collapse ends it
	Warning Severity = "warning" // the result will be worse than it could be
	Hint    Severity = "hint"    // good to know
)

// Confidence says how sure a finding is.
type Confidence string

// The confidences.
const (
	Certain  Confidence = "certain"  // it follows from the options or from exact measurements
	Likely   Confidence = "likely"   // healthy runs were not seen to look so
	Possible Confidence = "possible" // healthy runs may look so for a while
)

// Change says whether a finding begins or ends.
type Change string

// The changes.
const (
	Begins Change = "begins"
	Ends   Change = "ends"
)

// Number is a piece of evidence.
type Number struct {
	Name  string  `json:"name"`            // of the measurement, or what it is
	Value float64 `json:"value"`           // as it was seen
	Limit float64 `json:"limit,omitempty"` // what it is held against; 0 where there is no limit
}

// Advice is an option and what to set it to.
type Advice struct {
	Option string `json:"option"`
	Value  string `json:"value"`
	Why    string `json:"why,omitempty"`
}

// Finding is something about a run that somebody should know.
type Finding struct {
	Kind       Kind       `json:"kind"`
	Change     Change     `json:"change"`
	Severity   Severity   `json:"severity"`
	Confidence Confidence `json:"confidence"`
	Step       int        `json:"step"`  // counted from 0: where it was found, or where it had ended
	Since      int        `json:"since"` // the first step with its signs
	What       string     `json:"what"`  // a sentence
	Evidence   []Number   `json:"evidence"`
	Advice     []Advice   `json:"advice"`
}

// String is the finding as one paragraph for a person, with its advice.
func (f Finding) String() string { return f.sentence() + observe.Advise(f.settings(), "set ", " and ") }

// sentence says what was found, without advice.
func (f Finding) sentence() string {
	if f.Change == Ends {
		return fmt.Sprintf("%s is over: it lasted from step %d to step %d", f.Kind.Words(), f.Since, f.Step)
	}
	if f.Since > 0 {
		return fmt.Sprintf("%s (since step %d)", f.What, f.Since)
	}
	return f.What
}

// settings are the advice for observers.
func (f Finding) settings() []observe.Setting {
	var all []observe.Setting
	for _, a := range f.Advice {
		all = append(all, observe.Setting{Option: a.Option, Value: a.Value, Why: a.Why})
	}
	return all
}

// Words is the kind as words.
func (k Kind) Words() string { return strings.ReplaceAll(string(k), "_", " ") }
