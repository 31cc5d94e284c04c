package loader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// maxReplacements is how many replacements are tried for one place. If so many
// are undecodable, most of the folder is.
const maxReplacements = 100

// task is one place of a batch.
type task struct {
	batch *Batch
	place int
}

// worker fills places of batches.
type worker struct {
	cfg    *Config
	cache  *cache
	render RenderFunc
}

func (w *worker) run(ctx context.Context, tasks <-chan task) {
	for {
		select {
		case t, open := <-tasks:
			if !open {
				return
			}
			w.fill(t.batch, t.place)
			t.batch.filled()
		case <-ctx.Done():
			return
		}
	}
}

// fill renders the image that belongs in a place, or the first of its
// replacements that can be decoded.
func (w *worker) fill(b *Batch, at int) {
	wanted, result := b.Index[at], &b.places[at]
	image, img := wanted, w.try(wanted, result)
	if img == nil && result.err == nil {
		image, img = w.replace(b.Epoch, wanted, result)
	}
	switch {
	case result.err != nil:
		result.err = fmt.Errorf("loader: step %d: %w", b.Step, result.err)
	case img != nil:
		b.Index[at] = image
		taken := w.cfg.Budget.Take(int64(len(img.Pix)))
		w.render(img, b.Epoch, wanted, b.view(at))
		w.cfg.Budget.Give(taken)
	case w.cfg.LeaveOut:
		b.Index[at] = -1
		for _, view := range b.view(at) {
			clear(view)
		}
	default:
		last := result.bad[len(result.bad)-1]
		result.err = fmt.Errorf("loader: step %d: none of %d images tried for one place of the batch can be decoded, "+
			"the last one for this reason: %s; "+
			"check that the folder holds images", b.Step, len(result.bad), last.Reason)
	}
}

func (w *worker) replace(epoch, wanted int, result *place) (int, *augment.Image) {
	tried := 0
	for image := range w.cfg.Order.Replacements(epoch, wanted) {
		if tried == maxReplacements {
			break
		}
		tried++
		if img := w.try(image, result); img != nil || result.err != nil {
			return image, img
		}
	}
	return wanted, nil
}

// try returns the pixels of an image, or nil after adding it to result.bad, or
// after setting result.err: the file cannot be read, which does not make its image
// a bad one.
func (w *worker) try(image int, result *place) *augment.Image {
	img, reason := w.cache.get(image)
	if img != nil {
		return img
	}
	if reason == "" {
		img, err := w.cfg.Decode(w.cfg.Path(image))
		if err == nil {
			w.cache.put(image, img)
			return img
		}
		if !imageio.Undecodable(err) {
			result.err = unreadable(err)
			return nil
		}
		reason = err.Error()
		w.cache.putBad(image, reason)
	}
	result.bad = append(result.bad, BadImage{Image: image, Path: w.cfg.Path(image), Reason: reason})
	return nil
}

// unreadable says what to do about a file that cannot be read.
func unreadable(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; the file was there when the folder was listed: put it back and run the same command "+
			"again; without it the data are others, and need a new output", err)
	}
	return fmt.Errorf("%w; nothing was left out for it: run the same command again once the file can be read", err)
}
