package embeddingmap

import (
	"context"
	"path/filepath"

	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/embeddingmap"
	"github.com/dino-go/dino/internal/watch/runs"
)

// load reads or computes the features that the argument stands for.
func (o Options) load(ctx context.Context, printer *progress.Printer) (embeddingmap.Source, error) {
	from := grouping.Options{Options: o.Options, Input: o.Input, Images: o.Images}
	if runs.IsRun(o.Input) {
		if o.Weights != "" {
			return embeddingmap.Source{},
				usage.Errorf("map: --weights is given with %s, which is a run: it has its own",
					o.Input)
		}
		from.Weights, from.Input = o.Input, o.Images
		if o.Images == "" {
			var err error
			if from.Input, err = trainedOn(o.Input); err != nil {
				return embeddingmap.Source{}, err
			}
		}
	}
	set, err := from.Load(ctx, printer, nil)
	if err != nil {
		return embeddingmap.Source{}, err
	}
	s := embeddingmap.Source{Title: filepath.Base(filepath.Clean(o.Input)), Features: set.Features, Folder: set.Root}
	for _, row := range set.Rows {
		s.Images = append(s.Images, embeddingmap.Image{Path: row.Path, Label: row.Label})
	}
	return s, nil
}

// trainedOn is the folder of images that a run names, which may be relative to where it was begun.
func trainedOn(run string) (string, error) {
	found, _, err := runs.Find([]string{run})
	if err != nil {
		return "", usage.Errorf("map: %w", err)
	}
	if _, err := found[0].Options(); err != nil {
		return "", usage.Errorf("map: %w", err)
	}
	if folder := found[0].DataFolder(); folder != "" {
		return folder, nil
	}
	return "", usage.Errorf("map: %s does not say which images it was trained on: name their folder by --images", run)
}
