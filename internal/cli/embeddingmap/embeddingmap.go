// Package embeddingmap is the verb `dino map`: features of images as a map, on a local page or in
// one HTML file.
package embeddingmap

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/cli/localpage"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/embeddingmap"
	"github.com/dino-go/dino/internal/watch/server"

	"github.com/dino-go/dino/internal/progress"
)

// Options are the flags.
type Options struct {
	encoder.Options
	embeddingmap.Settings
	Input       string
	Images      string
	Out         string
	Address     string
	Quiet, JSON bool
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Options: encoder.Default(), Settings: embeddingmap.DefaultSettings()}
	cmd := &cobra.Command{
		Use:         "map EMBEDDINGS-or-RUN-or-IMAGES",
		Annotations: usage.MakesFiles(),
		Short:       "Show images as a map, those that the network finds alike together",
		Long: `Show images as a map, those that the network finds alike together: a page with a point for
every image. Pointing at one shows it; colours are labels or clusters. Places are those of
PCA at once, and of UMAP when it is computed.

The argument is a file that dino embed wrote, with the folder of its images in --images; a
run folder, for the images that it was trained on; or a folder of images, with --weights.

--out writes the map with small pictures as one HTML file that needs nothing else, of less
than 10 MB. Without it the map is a page until Ctrl-C ends it, with pictures as large as
they are looked at. ` + localpage.Note,
		Example: `  dino map photos.parquet --images photos
  dino map run --out map.html
  dino map photos --weights dino_deitsmall16_pretrain.pth --addr 127.0.0.1:8080`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage.Errorf("map: got %d arguments: name one file of embeddings, run or folder of images; "+
					"see `%s --help`", len(args), cmd.CommandPath())
			}
			o.Input = args[0]
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), cmd.OutOrStdout(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Out, "out", "", "HTML file to write, in place of a page")
	localpage.Register(f, &o.Address)
	f.StringVar(&o.Images, "images", "", "the folder that a file of embeddings was made of, to show its images")
	f.IntVar(&o.Clusters, "k", o.Clusters, "number of clusters")
	f.IntVar(&o.Points, "points", o.Points, "images on the map at most; of more, so many are drawn")
	f.Uint64Var(&o.Seed, "seed", 0, "seed of the draws, of the clusters and of UMAP")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors and the page's address only")
	f.BoolVar(&o.JSON, "json", false, "print progress as JSON lines")
	o.Options.Register(f)
	return cmd
}

func (o Options) validate() error {
	switch ext := filepath.Ext(o.Out); {
	case o.Out != "" && ext != ".html" && ext != ".htm":
		return usage.Errorf("map: --out is %q: name a file that ends in .html", o.Out)
	case o.Clusters < 1:
		return usage.Errorf("map: --k is %d: must be at least 1", o.Clusters)
	case o.Points < 1 || o.Points > embeddingmap.MostPoints:
		return usage.Errorf("map: --points is %d: must be from 1 to %d", o.Points, embeddingmap.MostPoints)
	}
	if o.Out == "" {
		return nil
	}
	if err := destination.File(o.Out); err != nil {
		return usage.Errorf("map: --out: %w", err)
	}
	return nil
}

func run(ctx context.Context, stdout io.Writer, printer *progress.Printer, o Options) error {
	if err := o.validate(); err != nil {
		return err
	}
	defer printer.Close()
	source, err := o.load(ctx, printer)
	if err != nil {
		return err
	}
	printer.Stage("grouping %d images", min(len(source.Images), o.Points))
	m, err := embeddingmap.New(ctx, source, o.Settings)
	if err != nil {
		return fmt.Errorf("map: %w", err)
	}
	if source.Folder == "" {
		printer.Note("no pictures: --images names the folder that the file was made of")
	}
	if o.Out == "" {
		printer.Close()
		return serve(ctx, stdout, o, m, len(source.Images))
	}
	return write(ctx, o, m, printer)
}

// serve shows the page, and computes UMAP meanwhile.
func serve(ctx context.Context, stdout io.Writer, o Options, m *embeddingmap.Map, images int) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	defer func() { cancel(); <-ended }()
	go func() {
		defer close(ended)
		m.Layout(ctx, nil) // the page tells how it went
	}()
	err := localpage.Serve(ctx, stdout, o.Address, terminal.Sprintf("map of %d images", min(images, o.Points)),
		func(at net.Addr, names ...string) *server.Server {
			return server.NewOther(embeddingmap.Files(), m.Handler(), at, names...)
		})
	if err != nil {
		return fmt.Errorf("map: %w", err)
	}
	return nil
}

// write computes UMAP and writes the file.
func write(ctx context.Context, o Options, m *embeddingmap.Map, printer *progress.Printer) error {
	count := func(what string) func(done, total int) {
		return func(done, total int) { printer.Count(progress.Count{Done: done, Total: total, What: what}) }
	}
	printer.Stage("looking for the neighbours of each image")
	if err := m.Layout(ctx, count("epochs of UMAP")); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	w, err := m.Write(ctx, o.Out, count("pictures"))
	if err != nil {
		return err
	}
	if w.Unreadable > 0 {
		printer.Note("%d images cannot be read; --images names the folder of a file of embeddings", w.Unreadable)
	}
	pictures := "no pictures"
	if w.Side > 0 {
		pictures = fmt.Sprintf("pictures of %d pixels", w.Side)
	}
	printer.Result("done", progress.Fields{
		"out": o.Out, "images": w.Images, "bytes": w.Bytes, "picture_side": w.Side, "unreadable": w.Unreadable,
	}, "%s: %d images, %s, %s", o.Out, w.Images, pictures, digits.Bytes(int64(w.Bytes)))
	return nil
}
