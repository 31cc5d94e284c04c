package evaluation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/output/labelpng"

	"github.com/dino-go/dino/internal/progress"
)

// segmenter follows the objects of videos.
type segmenter struct {
	segmentOptions
	network     *inference.Network
	printer     *progress.Printer
	done, total int // frames
}

// video follows the objects of one video through its frames. It returns nil where there are no
// masks to compare with.
func (s *segmenter) video(ctx context.Context, frames []string) (*eval.VideoScore, error) {
	first, truth, err := s.truth(frames)
	if err != nil {
		return nil, err
	}
	var files depth.Paths
	for _, frame := range frames {
		files = append(files, filepath.Join(s.Frames, filepath.FromSlash(frame)))
	}
	if err := s.Measure(ctx, &s.network.Preprocessing, files, s.printer); err != nil {
		return nil, err
	}
	found := []eval.LabelMap{first}
	var tracker *eval.Tracker
	for i, frame := range frames {
		features, grid, err := s.patches(ctx, frame)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			tracker, err = s.start(features, grid, first)
		} else {
			var m eval.LabelMap
			m, err = s.next(ctx, tracker, features, grid, first)
			found = append(found, m)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", frame, err)
		}
		if err := s.write(frame, found[i]); err != nil {
			return nil, err
		}
		s.done++
		s.printer.Count(progress.Count{Done: s.done, Total: s.total, What: "frames"})
	}
	if truth == nil {
		return nil, nil
	}
	score, err := eval.ScoreVideo(found, truth)
	return &score, err
}

// start labels the patches of the first frame by its mask, resized to one pixel a patch.
func (s *segmenter) start(features eval.Matrix, grid [2]int, first eval.LabelMap) (*eval.Tracker, error) {
	labels, err := first.Resize(grid[1], grid[0]).OneHot(slices.Max(first.Objects()) + 1)
	if err != nil {
		return nil, err
	}
	return s.Propagation.Start(grid[0], grid[1], features, labels)
}

// next finds the mask of the next frame, of the size of the first.
func (s *segmenter) next(ctx context.Context, tracker *eval.Tracker, features eval.Matrix, grid [2]int,
	first eval.LabelMap,
) (eval.LabelMap, error) {
	labels, err := tracker.Next(ctx, features)
	if err != nil {
		return eval.LabelMap{}, err
	}
	return eval.Segment(labels, grid[0], grid[1], s.network.Config.Geometry().Patch, first.Width, first.Height)
}

// patches computes the patch tokens of a frame, and its rows and columns of patches.
func (s *segmenter) patches(ctx context.Context, frame string) (eval.Matrix, [2]int, error) {
	img, err := encoder.Decoder(s.network.Preprocessing)(filepath.Join(s.Frames, filepath.FromSlash(frame)))
	if err != nil {
		return eval.Matrix{}, [2]int{}, err
	}
	width, height, err := s.frameSize(img.Width, img.Height)
	if err != nil {
		return eval.Matrix{}, [2]int{}, err
	}
	p, scratch := s.network.Preprocessing, augment.Scratch{}
	pixels := make([]float32, 3*width*height)
	resize := augment.Resize{Width: width, Height: height, Interpolation: augment.Bilinear}
	inference.Normalizer(p).Into(pixels, scratch.Apply(img, resize))
	features, err := s.network.Features(ctx, inference.Features{Patches: true}, pixels, height, width)
	return features, s.network.Config.Geometry().Grid([2]int{height, width}), err
}

// frameSize is what a frame is resized to: the shorter side as asked for, the other in proportion,
// rounded down.
func (o segmentOptions) frameSize(width, height int) (w, h int, err error) {
	if height > width {
		w, h = o.Short, o.Short*height/width/o.Multiple*o.Multiple
	} else {
		w, h = o.Short*width/height/o.Multiple*o.Multiple, o.Short
	}
	if w < 1 || h < 1 {
		return 0, 0, fmt.Errorf("frames of %d×%d pixels would have %d×%d: choose a smaller --multiple than %d", width,
			height, w, h, o.Multiple)
	}
	return w, h, nil
}

// write saves a mask under the name of its frame.
func (s *segmenter) write(frame string, m eval.LabelMap) error {
	if s.Out == "" {
		return nil
	}
	o := s.segmentOptions
	o.Masks = s.Out
	file := o.maskOf(frame)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("eval segment: %w", err)
	}
	return labelpng.Write(file, m)
}
