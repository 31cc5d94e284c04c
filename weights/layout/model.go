package layout

import (
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/weights"
)

// Names of layouts, as the option --layout takes them.
const (
	Timm      = "timm"
	Official  = "official"
	DINOv2    = "dinov2"
	HF        = "hf"
	Lightning = "lightning"
	DINO      = "dino"
)

// Options override what [Open] would infer. The zero value infers everything.
type Options struct {
	Layout string // a layout's name; empty recognises it
	// Prefix chooses among several networks of a file: what the names of one begin with.
	Prefix string
	// PosEmbed is how the position embedding is resampled, by its name in package vit; empty takes
	// what the layout's project does.
	PosEmbed string
	Heads    int // attention heads; 0 takes what the source says, or what networks of the width have
	// ImageSize is the native height and width in pixels; zero takes what the source says, or a
	// square.
	ImageSize [2]int
	// Newest opens the newest good checkpoint in a folder of them, with notes on those that it
	// passed over: what a run folder stands for. Nil takes the trained teacher of a run, and of one
	// that is not complete nothing: an error.
	Newest func(checkpoints string) (source weights.Source, notes []string, err error)
	// Trained takes the trained teacher of a complete run, which may be of a better epoch than the
	// last, also where Newest could open its newest checkpoint.
	Trained bool
}

// Description is what names, shapes and side files say, without the data.
type Description struct {
	Layout string // one of the names above
	Path   string // what was opened
	// path of the configuration of the run that the weights are of; empty where there is none
	RunConfig     string
	Network       nets.Config       // a [vit.Config] in all layouts of today
	Head          *Head             // the projection head; nil where the source has none
	Preprocessing Preprocessing     // how images are prepared for this network
	Provenance    map[string]string // what the source says about itself: architecture, epoch, producer …
	Notes         []string          // what was assumed, one sentence each
	Report        Report
}

// Head describes a projection head. Its tensors have the names of its Shapes; NormLastLayer, which
// weights do not show, is false.
type Head = projection.Config

// Model is a [Description] with its data. Floating point tensors are F32. Those that the source
// holds as they are needed are not copied but mapped from the file: they are valid until Close.
type Model struct {
	Description
	Teacher     map[string]weights.Tensor // backbone, under timm's names: the teacher's, or the only one there is
	Student     map[string]weights.Tensor // the student's backbone; nil where the source has none
	TeacherHead map[string]weights.Tensor // nil where the source has none
	StudentHead map[string]weights.Tensor // nil where the source has none
	Center      *weights.Tensor           // [1, K], of the teacher's logits; nil where the source has none
	// moments m.NAME and v.NAME of NAME = backbone.student.… or projector.student.…; nil where the
	// source has none
	Optimizer map[string]weights.Tensor

	source weights.Source
}

// Close releases the source. The tensors are not valid any more.
func (m *Model) Close() error { return m.source.Close() }

// Report lists every tensor of the source once: used for something, or left over.
type Report struct {
	Used     []Use
	LeftOver []Tensor
}

// Use is a tensor of the model and the tensors of the source it is made from: one, or three where
// query, key and value are merged.
type Use struct {
	Part  string // teacher, student, teacher head, student head, center or optimizer
	Name  string // in the model
	Shape []int
	From  []string // in the source
}

// Tensor is a tensor of the source that the model does not need.
type Tensor struct {
	Name  string
	DType string
	Shape []int
	Why   string // what it is, where that is known
}
