package observe

import (
	"fmt"
	"strings"
	"time"

	"github.com/dino-go/dino/measure"
)

// Note is a sentence about a run. Its values are kept apart from its words, since they may be names
// of files with any characters: an observer that prints them on a terminal escapes them.
type Note struct {
	Format string // as in [fmt.Sprintf]
	Args   []any
}

// Notef returns a note.
func Notef(format string, args ...any) Note { return Note{format, args} }

// String is the sentence, with the values as they are.
func (n Note) String() string { return fmt.Sprintf(n.Format, n.Args...) }

// Warning is a sentence about something that somebody should look at. Those that concern a step and
// that a program should recognise have a name.
type Warning struct {
	Note
	Name string // "verdict", for example; empty for a warning without a name
	Kind string // of a warning with a name: which of its forms it has
	Step int    // of a warning with a name, counted from 0
	// Fields are what a program wants to know of a warning with a name, as JSON has it.
	Fields map[string]any
	// Settings are options that would help, all of them together. The sentence does not have them.
	Settings []Setting
	// Calm says that nothing is wrong: it is a hint, or the end of what was wrong.
	Calm bool
}

// Setting is an option of the configuration and a value for it, as a configuration file has it.
type Setting struct {
	Option, Value string
	Why           string // in a few words; may be empty
}

// String is the sentence, and behind it the settings that would help.
func (w Warning) String() string { return w.Note.String() + Advise(w.Settings, "set ", " and ") }

// Advise says which settings would help, as the end of a sentence; empty where there are none. The
// first begins with a word, such as "--set ", and the others with what joins them: " --set " makes
// of all together a piece of a command line.
func Advise(settings []Setting, first, others string) string {
	var set, why []string
	for _, s := range settings {
		set = append(set, s.Option+"="+s.Value)
		switch {
		case s.Why != "" && len(settings) > 1:
			why = append(why, s.Option+": "+s.Why)
		case s.Why != "":
			why = append(why, s.Why)
		}
	}
	if len(set) == 0 {
		return ""
	}
	text := ". To change it: " + first + strings.Join(set, others)
	if len(why) > 0 {
		text += " (" + strings.Join(why, "; ") + ")"
	}
	return text
}

// Start is what a run is about to do.
type Start struct {
	Config string // the resolved configuration as YAML
	Folder string // of the run; empty where nothing is written
	Data   string // the folder of images

	Network             string // what the network is, for a person
	Parameters          int    // of the network, without its head
	Global, Local       Crops  // of each image
	Memory, MemoryThere int64  // bytes that the run takes, and that there are; 0 where that is not known

	Engine, EngineDetails string // the name of the compute engine, and what it runs on

	Images  int // that are trained on
	HeldOut int // images that are kept from training, for the score
	Classes int // of all images; 0 where they have none

	From, Steps int // optimizer steps done already, and in all
	Batch       int // images a step
	Epochs      int
	Prototypes  int // outputs of the head, K; a uniform teacher has the entropy ln K

	Measurements measure.Table // what [Step.Values] are

	Baselines *Baselines // nil where there is no score, and where they are not measured yet
	Unscored  string     // why there is no score
}

// Crops are views of an image: how many, and their side in pixels.
type Crops struct{ Number, Size int }

// Estimate is how long a run takes, by the steps that were measured.
type Estimate struct {
	Steps           int           // that were measured
	ImagesPerSecond float64       // of these steps
	Left            time.Duration // to the end of the run, with scores and checkpoints
	Before          float64       // images a second by which that was told last; 0 the first time
}

// Progress is how far something is that takes long beside the steps.
type Progress struct {
	Done, Total int
	What        string // "images for the k-NN accuracy of raw pixels"
}

// Baselines are k-NN accuracies in percent that the teacher's are read beside.
type Baselines struct {
	Network   string  // the network before its first step: "untrained", or "initial" if it started from weights
	Untrained float64 // that network's
	Pixels    float64 // of raw pixels
	Bank      int     // images that voted
	Queries   int     // images that were classified
}

// Score is what the teacher is worth after an epoch, in percent.
type Score struct {
	Epoch int // counted from 1
	KNN   float64
	Best  float64 // highest so far, with this one
	Baselines
}

// Step is what one optimizer step did.
type Step struct {
	Number, Epoch int // of the step, counted from 0
	Steps, Epochs int // of the whole run

	// Values are by the names of [Start.Measurements]; those that only some steps have, such as the
	// scores, are missing in the others.
	Values measure.Values
	// Smoothed are those of the values that tell the speed, smoothed over the last steps.
	Smoothed measure.Values
	Left     time.Duration // estimate for the rest of the run; negative until enough steps are measured
}

// Saved is a state on the disk.
type Saved struct {
	Steps  int    // done
	Folder string // of the checkpoints
}

// Done is how a run ended.
type Done struct {
	Already     bool   // it was complete before: nothing was computed
	Steps       int    // done in all
	Teacher     string // path of the trained backbone: of the best epoch where there are scores, else the last
	LastTeacher string // path of the last one, where the trained one is of another epoch; else empty

	BadImages     int    // that could not be decoded and were skipped
	BadImagesList string // path of their list

	Folder string // of the run
	Data   string // the folder of images
	Image  string // path of one of them

	Scores *Scores // nil where there was nothing to score
	Rank   *Rank   // nil where it was not measured
}

// Rank tells in how many directions the features of images differ, by [RankMe]: an answer where
// there are no labels.
//
// [RankMe]: https://arxiv.org/abs/2210.02885
type Rank struct {
	Images, Width int     // that were looked at; of a feature
	Network       string  // the network before its first step: see [Baselines]
	Before, After float64 // of that network, and of the trained one; between 1 and Width
}

// Scores are k-NN accuracies in percent.
type Scores struct {
	KNN  *float64 // the last of the teacher; nil where the log has none
	Best float64  // highest of the teacher

	BestEpoch   int    // in which it was highest, counted from 1; 0 where the log does not tell
	BestTeacher string // path of the backbone of that epoch; empty where there is none
	Baselines
}
