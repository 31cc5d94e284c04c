package evaluation

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// copiesOptions are the flags of `dino eval copies`.
type copiesOptions struct {
	common
	Database, Queries, Whiten string
	Letters, Depth            int
}

func newCopies() *cobra.Command {
	o := copiesOptions{common: common{Options: encoder.Default()}, Depth: eval.DefaultCopyDetection().Depth}
	o.Features = "cls+gem"
	cmd := &cobra.Command{
		Use:   "copies --weights W --database DIR --queries DIR",
		Short: "Find the originals of edited copies",
		Long: `Find the originals of edited copies, as the official evaluation on Copydays does: class
token and generalised mean of the patch tokens, whitened with the images of --whiten,
compared by cosine; mean average precision over the first --depth answers.

A query is a copy of the images in the database of the same name, without folder and
extension; with --prefix of those whose names begin with the same letters (4 for the
strong copies of Copydays). The folders of the queries are scored apart as well: put each
kind of edit into its own.`,
		Example: `  dino eval copies --weights run --database originals --queries edited
  dino eval copies --weights w.pth --database originals --queries strong --prefix 4 --whiten others --size 320`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runCopies(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Letters, "prefix", 0, "first letters of the names that copy and original share (default: all)")
	o.common.register(f)
	f.StringVar(&o.Database, "database", "",
		"folder of images or file of embeddings: originals, and images that are none")
	f.StringVar(&o.Queries, "queries", "", "the same: the edited copies")
	f.StringVar(&o.Whiten, "whiten", "",
		"the same: images that are neither, to fit the whitening on (default: no whitening)")
	f.IntVar(&o.Depth, "depth", o.Depth, "answers that count; 0 for all")
	return cmd
}

func runCopies(ctx context.Context, printer *progress.Printer, o copiesOptions) error {
	in, err := newInput(printer, "copies", o.common, o.Database, o.Queries, o.Whiten)
	if err != nil {
		return err
	}
	opened, err := in.openCopies(ctx, o)
	if err != nil {
		return err
	}
	tables, err := in.loadAll(ctx, opened...)
	if err != nil {
		return err
	}
	database, queries := tables[0], tables[1]
	detection := eval.CopyDetection{Depth: o.Depth}
	if o.Whiten != "" {
		whitening, err := eval.FitWhitening(ctx, tables[2].Features)
		if err != nil {
			return usage.Wrap(err)
		}
		detection.Whitening = &whitening
	}
	blocks := folders(queries)
	var text terminal.Builder
	text.Printf("%d queries, %d images in the database", queries.Features.Rows, database.Features.Rows)
	scores := progress.Fields{}
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		rows := blocks[name]
		score, err := detection.Score(ctx, database.Features,
			choose(queries.Features, make([]int, queries.Features.Rows), rows).Matrix,
			o.originals(database, queries, rows))
		if err != nil {
			return usage.Wrap(fmt.Errorf("eval copies: queries of %s: %w", name, err))
		}
		scores[name] = score
		text.Printf("\n%s: mAP %.2f %% of %d", name, 100*score.MeanAP, score.Queries)
		if score.Skipped > 0 {
			text.Printf(" (%d have no original in the database and do not count)", score.Skipped)
		}
	}
	in.done(progress.Fields{
		"queries": queries.Features.Rows, "database": database.Features.Rows, "columns": database.Features.Cols,
		"whitened": o.Whiten != "", "scores": scores,
	}, text.Text())
	return nil
}

// openCopies lists database, queries and the images to whiten with, if any, and verifies that there
// is an original in every folder of queries.
func (in *input) openCopies(ctx context.Context, o copiesOptions) ([]images, error) {
	var all []images
	for _, flag := range []struct{ name, path string }{
		{"database", o.Database}, {"queries", o.Queries}, {"whiten", o.Whiten},
	} {
		if flag.path == "" && flag.name == "whiten" {
			continue
		}
		opened, err := in.open(ctx, flag.name, flag.path)
		if err != nil {
			return nil, err
		}
		all = append(all, opened)
	}
	for name, rows := range folders(all[1].Table) {
		originals := o.originals(all[0].Table, all[1].Table, rows)
		if !slices.ContainsFunc(originals, func(rows []int) bool { return len(rows) > 0 }) {
			return nil, usage.Errorf("eval copies: none of the %d queries of %q has an original in %s: their names "+
				"must be the same, or begin alike (--prefix)", len(rows), name, o.Database)
		}
	}
	return all, in.ready(all...)
}

// folders groups the rows of the queries by their folders, with "all" for all of them.
func folders(queries *embeddings.Table) map[string][]int {
	out := map[string][]int{}
	for i, row := range queries.Rows {
		out["all"] = append(out["all"], i)
		if dir := path.Dir(row.Path); dir != "." && dir != "all" {
			out[dir] = append(out[dir], i)
		}
	}
	return out
}

// originals are the rows of the database that each query is a copy of.
func (o copiesOptions) originals(database, queries *embeddings.Table, rows []int) [][]int {
	byName := map[string][]int{}
	for i, row := range database.Rows {
		name := o.key(row.Path)
		byName[name] = append(byName[name], i)
	}
	out := make([][]int, len(rows))
	for i, row := range rows {
		out[i] = byName[o.key(queries.Rows[row].Path)]
	}
	return out
}

// key is what the names of a copy and its original share.
func (o copiesOptions) key(file string) string {
	name := []rune(stem(file))
	if o.Letters > 0 {
		name = name[:min(o.Letters, len(name))]
	}
	return string(name)
}
