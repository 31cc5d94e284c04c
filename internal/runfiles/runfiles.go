// Package runfiles has the names of what lies in a run folder, for the run that writes them and for
// whoever reads weights out of one.
package runfiles

// Names in a run folder; docs/formats.md says what they hold.
const (
	Config      = "config.yaml"
	Checkpoints = "checkpoints"
	Metrics     = "metrics.jsonl"
	Events      = "events"
	Verdict     = "verdict.jsonl"
	Pictures    = "pictures"
	BadImages   = "bad_images.jsonl"
	Teacher     = "teacher.safetensors"
	TeacherLast = "teacher-last.safetensors" // of the last step, where another epoch was better
	Best        = "best.safetensors"
	Lock        = ".lock"
	Notes       = "notes.json" // of people, by dino watch
	Report      = "report.html"
	Map         = "map" // features of some images over the run: package snapshots
)

// IsBackbone tells the name of a file with the trained backbone, of the best epoch or the last.
func IsBackbone(name string) bool { return name == Teacher || name == TeacherLast || name == Best }

// IsOwn tells whether a name in a run folder is one that this program gives: what has another was
// put there by somebody else.
func IsOwn(name string) bool {
	switch name {
	case Config, Checkpoints, Metrics, Events, Verdict, Pictures, BadImages, Teacher, TeacherLast, Best, Lock, Notes,
		Report, Map:
		return true
	}
	return false
}
