package embed

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// job computes the rows of a folder's images and writes them to a file.
type job struct {
	Options
	features.Extractor
	index   *folder.Index
	printer *progress.Printer
	parts   *embeddings.Parts

	taken         int           // images of this process
	spent, waited time.Duration // computing them, and waiting for them
}

// partBytes is about how large the features of a part are; it bounds memory.
const partBytes = 8 << 20

// partTime is after how long a part is kept, however small it is: what the end of the machine
// loses.
const partTime = time.Minute

// plan describes what the rows are made from.
func (j *job) plan() (embeddings.Plan, error) {
	network, err := j.Network.Digest()
	if err != nil {
		return embeddings.Plan{}, err
	}
	size := j.Network.Preprocessing.Sides()
	columns := j.Extractor.Features.Width(j.Network.Config)
	image := 4 * columns * j.Extractor.Features.Rows(j.Network.Config, size[0], size[1])
	each := max(1, min(partBytes/image, 16*j.Batch)/j.Batch) * j.Batch
	made := fmt.Sprintf("%s %s %s %v %+v %s", network, j.Network.Precision(), j.Extractor.Features, j.Normalize,
		j.Network.Preprocessing, j.index.Digest())
	return embeddings.Plan{
		Digest: fmt.Sprintf("%x", sha256.Sum256([]byte(made))), Images: j.index.Len(), Each: each, Cols: columns,
		Patches: j.Extractor.Features.Patches,
	}, nil
}

// checkRoom reports that the rows of a number of images, which are kept twice while the file is put
// together, find no room on its disk. Numbers that are written as text take about three times as
// much.
func (j *job) checkRoom(images int) error {
	size := j.Network.Preprocessing.Sides()
	rows := int64(images) * int64(j.Extractor.Features.Rows(j.Network.Config, size[0], size[1]))
	binary := 4 * rows * int64(j.Extractor.Features.Width(j.Network.Config))
	bytes := 2 * binary
	if end := filepath.Ext(j.Out); end == ".csv" || end == ".jsonl" {
		bytes = 4 * binary
	}
	if err := destination.Room(j.Out, bytes); err != nil {
		return fmt.Errorf("embed: --out: %s %w", j.Out, err)
	}
	return nil
}

// compute adds the parts that are missing.
func (j *job) compute(ctx context.Context, plan embeddings.Plan) error {
	done := j.parts.Done()
	if done > 0 {
		j.printer.Note("going on behind %d of %d images", done, plan.Images)
	}
	var part embeddings.Part
	reading := encoder.NewReading(j.printer, "images", done, plan.Images)
	source, pending := reading.Source(j.Source(j.index, j.Network.Preprocessing)), 0
	source.BadImages = func(bad []loader.BadImage) error {
		part.Bad = append(part.Bad, bad...)
		return nil
	}
	begun := time.Now()
	kept := begun
	keep := func() error {
		part.Images = pending
		if err := j.parts.Add(part); err != nil {
			return err
		}
		done, pending, part, kept = done+pending, 0, embeddings.Part{}, time.Now()
		return nil
	}
	err := j.Stream(ctx, source, j.index.All()[done:], func(b features.Batch) error {
		j.add(&part, b)
		pending += b.Taken
		j.taken, j.waited = j.taken+b.Taken, j.waited+b.Wait
		if pending >= plan.Each || done+pending == plan.Images || time.Since(kept) > partTime {
			if err := keep(); err != nil {
				return err
			}
		}
		reading.Computed(b.Taken)
		return nil
	})
	j.spent = time.Since(begun)
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	if pending > 0 {
		// of images that were read ahead no row is kept, so that they come again
		part.Bad = slices.DeleteFunc(part.Bad, func(b loader.BadImage) bool { return b.Image >= done+pending })
		if err := keep(); err != nil {
			return err
		}
	}
	return usage.Interrupted("embed: interrupted; %d of %d images are kept in %s, and the same command goes "+
		"on from there",
		done, plan.Images, embeddings.PartsDir(j.Out))
}

// add appends the rows of a batch to a part.
func (j *job) add(part *embeddings.Part, b features.Batch) {
	rows := b.Rows
	if j.Normalize {
		rows = rows.Normalized()
	}
	part.Features.Rows, part.Features.Cols = part.Features.Rows+rows.Rows, rows.Cols
	part.Features.Data = append(part.Features.Data, rows.Data...)
	size := j.Network.Preprocessing.Sides()
	columns := j.Network.Config.Geometry().Grid(size)[1]
	for i, image := range b.Images {
		row := embeddings.NewRow(j.index.Files[image].Path, b.Sizes[i])
		for patch := range rows.Rows / len(b.Images) {
			row.Patch = [2]int{patch / columns, patch % columns}
			part.Rows = append(part.Rows, row)
		}
	}
}

// finish joins the parts and says what came out.
func (j *job) finish() error {
	var bad []loader.BadImage
	rows, err := j.parts.Join(j.Out, j.metadata(), func(b []loader.BadImage) error {
		bad = append(bad, b...)
		return nil
	})
	if err != nil {
		return err
	}
	list := badList(j.Out)
	if err := writeBad(list, bad); err != nil {
		return err
	}
	if err := j.parts.Remove(); err != nil {
		return err
	}
	speed, wait := 0.0, 0.0
	if j.spent > 0 {
		speed, wait = float64(j.taken)/j.spent.Seconds(), j.waited.Seconds()/j.spent.Seconds()
	}
	line := terminal.Sprintf("%s: %d rows of %d numbers (%s), %s images/s, data wait %.0f %%", j.Out, rows,
		j.Extractor.Features.Width(j.Network.Config), j.Extractor.Features, digits.Significant(speed), 100*wait)
	if len(bad) > 0 {
		line = terminal.Sprintf("images that cannot be decoded and were skipped: %d, listed in %s\n%s", len(bad), list,
			line)
	}
	j.printer.Result("done", progress.Fields{
		"out": j.Out, "rows": rows, "columns": j.Extractor.Features.Width(j.Network.Config), "images": j.index.Len(),
		"bad_images": len(bad),
		"features":   j.Extractor.Features.String(), "normalized": j.Normalize, "images_per_s": speed,
		"data_wait": wait,
	}, "%s", line)
	return nil
}

// metadata says how the features were made; Parquet and safetensors files have it.
func (j *job) metadata() map[string]string {
	preprocessing, _ := json.Marshal(j.Network.Preprocessing) // numbers and text
	return map[string]string{
		"dino.weights": j.Weights, "dino.layout": j.Network.Layout, "dino.features": j.Extractor.Features.String(),
		"dino.precision":  j.Network.Precision(),
		"dino.normalized": fmt.Sprint(j.Normalize), "dino.preprocessing": string(preprocessing),
	}
}

// badList is where images that could not be decoded are listed.
func badList(out string) string { return out + ".bad.jsonl" }

// writeBad lists images that could not be decoded, and removes an older list where there are none.
func writeBad(path string, bad []loader.BadImage) error {
	if len(bad) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("embed: %w", err)
		}
		return nil
	}
	var text []byte
	for _, b := range bad {
		line, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("embed: %w", err)
		}
		text = append(append(text, line...), '\n')
	}
	return atomicfile.WriteFile(path, text)
}
