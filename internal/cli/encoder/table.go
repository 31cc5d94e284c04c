package encoder

import (
	"context"
	"fmt"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/embeddings"

	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/progress"
)

// Table computes the features of all images of an index, one row an image. Images that cannot be
// decoded are left out, reported with the event "bad" and counted.
func (o Options) Table(ctx context.Context, enc features.Extractor, index *folder.Index,
	printer *progress.Printer,
) (t *embeddings.Table, bad int, err error) {
	size := enc.Network.Preprocessing.Sides()
	columns, rows := enc.Features.Width(enc.Network.Config), enc.Features.Rows(enc.Network.Config, size[0], size[1])
	bytes := 4 * int64(index.Len()) * int64(columns) * int64(rows)
	if err := memory.Check(2 * bytes); err != nil { // twice while they grow
		return nil, 0, fmt.Errorf("the features of %d images of %s: the matrix %w: embed them to a file, or take a "+
			"part of the images", index.Len(), index.Root, err)
	}
	if err := o.Measure(ctx, &enc.Network.Preprocessing, index, printer); err != nil {
		return nil, 0, err
	}
	source := o.Source(index, enc.Network.Preprocessing)
	source.BadImages = func(found []loader.BadImage) error {
		for _, b := range found {
			bad++
			printer.Event("bad", progress.Fields{"path": b.Path, "reason": b.Reason}, "left out: %s", b.Reason)
		}
		return nil
	}
	t = &embeddings.Table{}
	reading := NewReading(printer, "images of "+index.Root, 0, index.Len())
	source = reading.Source(source)
	err = enc.Stream(ctx, source, index.All(), func(b features.Batch) error {
		for i, image := range b.Images {
			t.Rows = append(t.Rows, embeddings.NewRow(index.Files[image].Path, b.Sizes[i]))
		}
		t.Features.Rows, t.Features.Cols = t.Features.Rows+b.Rows.Rows, b.Rows.Cols
		t.Features.Data = append(t.Features.Data, b.Rows.Data...)
		reading.Computed(b.Taken)
		return nil
	})
	if err == nil && len(t.Rows) == 0 {
		err = fmt.Errorf("%s: none of %d images can be decoded", index.Root, index.Len())
	}
	return t, bad, err
}
