package pretrain

import (
	"context"
	"slices"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/inference/features"
)

// sample are images that are decoded once and stay in memory as the network sees them.
type sample struct {
	images   []int
	pictures []*augment.Image
}

// takeSample decodes images. Those that cannot be decoded are left out.
func (in *inputs) takeSample(ctx context.Context, source features.Source, images []int) (*sample, error) {
	s := &sample{}
	for chunk := range slices.Chunk(images, probeImages) { // all at once as numbers would take much memory
		fixed, err := features.Fix(ctx, source, chunk, in.preprocessing())
		if err != nil {
			return nil, err
		}
		s.images, s.pictures = append(s.images, fixed.Images...), append(s.pictures, fixed.Pictures()...)
	}
	return s, nil
}

// features are those of the teacher as it is now.
func (in *inputs) features(teacher *features.Teacher, s *sample) (featured, error) {
	f := featured{images: s.images}
	for first := 0; first < len(s.images); first += probeImages {
		last := min(first+probeImages, len(s.images))
		rows, err := teacher.Of(features.Refix(s.images[first:last], s.pictures[first:last], in.preprocessing()))
		if err != nil {
			return f, err
		}
		f.Rows, f.Cols, f.Data = f.Rows+rows.Rows, rows.Cols, append(f.Data, rows.Data...)
	}
	return f, nil
}
