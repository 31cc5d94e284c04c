package attention

import (
	"context"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/video"
	"github.com/dino-go/dino/internal/output/attnmap"
)

// film is the video of image, mean attention and patch colours side by side. Without a path there
// is none.
type film struct {
	path   string
	fps    float64
	writer *video.Writer // nil before the first frame
}

func (f *film) add(ctx context.Context, d attnmap.Drawing, patches *augment.Image) error {
	if f.path == "" {
		return nil
	}
	frame, err := attnmap.Sheet([][]*augment.Image{{d.Image, d.Mean.Heat, patches}}, 0)
	if err != nil {
		return err
	}
	if f.writer == nil {
		if f.writer, err = video.NewWriter(ctx, f.path, frame.Width, frame.Height, f.fps); err != nil {
			return err
		}
	}
	return f.writer.Write(frame)
}

func (f *film) close() error {
	if f.writer == nil {
		return nil
	}
	return f.writer.Close()
}

func (f *film) abort() {
	if f.writer != nil {
		f.writer.Abort()
	}
}
