// Package encoder holds the flags of the verbs that run a network over images, and opens what they
// name.
package encoder

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/cli/imagesize"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	Weights   string
	Features  string
	Size      int
	Batch     int
	Workers   int
	Backend   string
	Precision string
	Layout    string
	Heads     int
	Native    imagesize.Value // of the weights
	Prefix    string
	PosEmbed  string
	Range     string // what becomes black and white in images of more than 8 bits; empty for that of the weights
	Lower     bool   // last-N, where it is no wish of the user, is lowered to the blocks that there are
}

// Default are the values of flags that are not given.
func Default() Options {
	return Options{Features: "cls", Batch: 64, Backend: backend.Auto, Precision: precision.Float32}
}

// Register adds the flags.
func (o *Options) Register(f *pflag.FlagSet) {
	f.StringVar(&o.Weights, "weights", "", "run folder, or weights of any layout (dino inspect shows what it sees)")
	f.StringVar(&o.Features, "features", o.Features, "what is taken from the network: "+inference.FeatureKinds)
	f.IntVar(&o.Size, "size", 0, "side in pixels of what the network sees (default: what the weights name)")
	f.IntVar(&o.Batch, "batch", o.Batch, "images that go through the network at once")
	f.IntVar(&o.Workers, "workers", 0, "images that are decoded at once (default: one a core)")
	f.StringVar(&o.Backend, "backend", o.Backend, "compute engine")
	f.StringVar(&o.Precision, "precision", o.Precision,
		"what the network is computed in: float32, or bfloat16, which is about twice as fast where the "+
			"processor has it")
	RegisterRange(f, &o.Range)
	f.StringVar(&o.Layout, "layout", "", "layout of the weights: "+strings.Join(layout.Layouts, ", ")+
		" (default: recognised)")
	f.IntVar(&o.Heads, "heads", 0, "attention heads of the weights, which few files say")
	f.Var(&o.Native, "image-size", "native size of the weights in pixels, where the grid of patches is no square")
	if f.Lookup("prefix") == nil { // eval copies has one of its own
		f.StringVar(&o.Prefix, "prefix", "", layout.PrefixHelp)
	}
	f.StringVar(&o.PosEmbed, "pos-embed", "", layout.PosEmbedHelp())
}

// Open opens the weights, and reports features that they do not have.
func (o Options) Open() (features.Extractor, error) {
	if o.Weights == "" {
		return features.Extractor{},
			usage.Errorf("--weights is missing: name a run folder or a file of weights, for example --weights run")
	}
	if err := o.Validate(); err != nil {
		return features.Extractor{}, err
	}
	network, err := inference.Open(o.Weights, o.Network())
	if err != nil {
		return features.Extractor{}, usage.Wrap(err)
	}
	return o.Encoder(network)
}

// Network says how weights are opened.
func (o Options) Network() inference.Options {
	how := layout.Options{
		Layout: o.Layout, Heads: o.Heads, ImageSize: o.Native, Prefix: o.Prefix, PosEmbed: o.PosEmbed,
		Newest: checkpoint.OpenNewest, Trained: true,
	}
	return inference.Options{Options: how, Backend: o.Backend}
}

// Encoder puts a network to the use that the flags describe.
func (o Options) Encoder(network *inference.Network) (features.Extractor, error) {
	kind, err := inference.ParseFeatures(o.Features)
	if err != nil {
		return features.Extractor{}, usage.Errorf("--%w", err)
	}
	if o.Lower && kind.Blocks > 1 {
		kind.Blocks = min(kind.Blocks, network.Config.Outputs().Blocks)
	}
	if o.Size > 0 {
		network.Preprocessing = network.Preprocessing.WithSize(o.Size)
	}
	if err := network.Compute(o.Precision); err != nil {
		return features.Extractor{}, usage.Errorf("--%w", err)
	}
	e := features.Extractor{Network: network, Features: kind}
	return e, usage.Wrap(e.Validate())
}

// Validate reports the first number that cannot work.
func (o Options) Validate() error {
	switch {
	case o.Batch < 1:
		return usage.Errorf("--batch is %d: must be 1 or more", o.Batch)
	case o.Size < 0:
		return usage.Errorf("--size is %d: must be a side in pixels", o.Size)
	case o.Workers < 0:
		return usage.Errorf("--workers is %d: must be 0, for one a core, or more", o.Workers)
	}
	if err := precision.Check(o.Precision); err != nil {
		return usage.Errorf("--%w%s", err, spelling.DidYouMean(o.Precision, precision.Names()))
	}
	return nil
}
