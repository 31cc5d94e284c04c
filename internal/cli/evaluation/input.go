package evaluation

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// common are the flags of every measure.
type common struct {
	encoder.Options
	Quiet, JSON bool
}

func (o *common) register(f *pflag.FlagSet) {
	o.Options.Register(f)
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print progress and the result as JSON lines")
}

// input gets features from folders and files. The network is opened when the first folder needs it.
type input struct {
	common
	name    string // of the measure, for errors
	printer *progress.Printer
	enc     *features.Extractor
	bad     int // images that could not be decoded
}

// newInput prepares to load the paths, of which some may be empty. Weights that none of them needs
// are an error.
func newInput(printer *progress.Printer, name string, o common, paths ...string) (*input, error) {
	folder := slices.ContainsFunc(paths, func(path string) bool { return path != "" && !embeddings.IsFile(path) })
	if o.Weights != "" && !folder {
		return nil, usage.Errorf("eval %s: --weights is %s, but there is no folder of images to use them on", name,
			o.Weights)
	}
	return &input{common: o, name: name, printer: printer}, nil
}

// encoder opens the weights once.
func (in *input) encoder() (features.Extractor, error) {
	if in.enc != nil {
		return *in.enc, nil
	}
	enc, err := in.Open()
	if err != nil {
		return enc, err
	}
	for _, note := range enc.Network.Notes {
		in.printer.Note("note: %s", note)
	}
	if enc.Features.Patches {
		return enc, usage.Errorf("eval %s: --features are patches: there must be one row an image", in.name)
	}
	in.enc = &enc
	return enc, nil
}

// scan lists the images of a folder.
func (in *input) scan(ctx context.Context, dir string) (*folder.Index, error) {
	index, err := folder.Scan(ctx, dir, folder.Options{Extensions: imageio.Extensions})
	return index, usage.Wrap(err)
}

// images are what a flag names, before any is read: the rows of a file with their features, or a
// folder's images, as rows of no numbers.
type images struct {
	*embeddings.Table
	path  string
	index *folder.Index // nil for a file
}

// open lists a folder's images, or reads a file. No image is read.
func (in *input) open(ctx context.Context, flag, path string) (images, error) {
	if path == "" {
		return images{}, usage.Errorf("eval %s: --%s is missing: name a folder of images, or a file of embeddings",
			in.name, flag)
	}
	if embeddings.IsFile(path) {
		table, err := embeddings.Read(path)
		if err == nil && table.Patches {
			err = fmt.Errorf("eval %s: %s has a row for every patch: there must be one row an image", in.name, path)
		}
		return images{Table: table, path: path}, usage.Wrap(err)
	}
	index, err := in.scan(ctx, path)
	if err != nil {
		return images{}, err
	}
	listed := &embeddings.Table{Features: eval.NewMatrix(index.Len(), 0)}
	for _, file := range index.Files {
		listed.Rows = append(listed.Rows, embeddings.NewRow(file.Path, [2]int{}))
	}
	return images{listed, path, index}, nil
}

// ready opens the weights if any of the images needs them.
func (in *input) ready(all ...images) error {
	if !slices.ContainsFunc(all, func(i images) bool { return i.index != nil }) {
		return nil
	}
	_, err := in.encoder()
	return err
}

// load returns the features of images; those that cannot be decoded have no row.
func (in *input) load(ctx context.Context, i images) (*embeddings.Table, error) {
	if i.index == nil {
		return i.Table, nil
	}
	enc, err := in.encoder()
	if err != nil {
		return nil, err
	}
	table, bad, err := in.Table(ctx, enc, i.index, in.printer)
	in.bad += bad
	return table, err
}

// loadAll is [input.load] for several.
func (in *input) loadAll(ctx context.Context, all ...images) ([]*embeddings.Table, error) {
	tables := make([]*embeddings.Table, len(all))
	for i, one := range all {
		var err error
		if tables[i], err = in.load(ctx, one); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// done prints the result: fields for a program, a text for a person.
func (in *input) done(fields progress.Fields, text terminal.Text) {
	fields["measure"], fields["bad_images"] = in.name, in.bad
	if in.bad > 0 {
		text = terminal.Sprintf("images that cannot be decoded and were left out: %d\n%s", in.bad, text)
	}
	in.printer.Result("result", fields, "%s", text)
	in.printer.Close()
}
