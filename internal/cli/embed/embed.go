// Package embed is the verb `dino embed`: weights and a folder of images in, a file of features
// out.
package embed

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
)

// Options are the flags.
type Options struct {
	encoder.Options
	Data, Out   string
	Normalize   bool
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: encoder.Default()}
	cmd := &cobra.Command{
		Use:         "embed --weights W --data DIR --out FILE",
		Annotations: usage.MakesFiles(),
		Short:       "Write the features of a folder of images to a file",
		Long: `Write the features of a folder of images to a file, beside each image's path, label
(its first folder) and size in pixels. The end of the file's name decides the format:

  .parquet      opens in DuckDB, pandas and others: a list of float32 beside the columns
  .npy          a float32 matrix, its rows described by a .rows.csv beside it
  .csv          columns e0, e1, …
  .jsonl        one object a line
  .safetensors  float32 matrix "embedding", paths and labels as bytes

--features takes ` + inference.FeatureKinds + `, with a row
for every patch. Images that cannot be decoded are skipped, counted and listed in
FILE.bad.jsonl. Order and numbers are the same every time.

What is done is kept in FILE.parts until the file is whole, also when it is interrupted:
the same command run again goes on there.`,
		Example: `  dino embed --weights run --data photos --out photos.parquet
  dino embed --weights dino_deitsmall16_pretrain.pth --data photos --out copies.npy --features cls+gem --normalize`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	o.Register(f)
	f.StringVar(&o.Data, "data", "", "folder of images")
	f.StringVar(&o.Out, "out", "", "file to write; replaced if it is there")
	f.BoolVar(&o.Normalize, "normalize", false, "divide every row by its length")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print progress as JSON lines")
	return cmd
}

func (o Options) validate() error {
	if o.Out == "" {
		return usage.Errorf("embed: --out is missing: name the file to write, for example --out photos.parquet")
	}
	if err := embeddings.CheckPath(o.Out); err != nil {
		return usage.Errorf("embed: --out is %w", err)
	}
	if err := destination.Folder(filepath.Dir(o.Out), filepath.Base(o.Out), badList(filepath.Base(o.Out))); err != nil {
		return usage.Errorf("embed: --out: %w", err)
	}
	if o.Data == "" {
		return usage.Errorf("embed: --data is missing: name a folder of images, for example --data photos")
	}
	return nil
}

func run(ctx context.Context, printer *progress.Printer, o Options) error {
	if err := o.validate(); err != nil {
		return err
	}
	index, err := folder.Scan(ctx, o.Data, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		return usage.Wrap(err)
	}
	enc, err := o.Open()
	if err != nil {
		return err
	}
	defer printer.Close()
	for _, note := range enc.Network.Notes {
		printer.Note("note: %s", note)
	}
	if err := o.Measure(ctx, &enc.Network.Preprocessing, index, printer); err != nil {
		return err
	}
	j := &job{Options: o, Extractor: enc, index: index, printer: printer}
	plan, err := j.plan()
	if err != nil {
		return err
	}
	if err := j.checkRoom(j.index.Len()); err != nil {
		return usage.Wrap(err)
	}
	if j.parts, err = embeddings.OpenParts(embeddings.PartsDir(filepath.Clean(o.Out)), plan); err != nil {
		return usage.Wrap(err)
	}
	defer j.parts.Close()
	if err := j.compute(ctx, plan); err != nil {
		return err
	}
	return j.finish()
}
