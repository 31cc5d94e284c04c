package attention

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/output/labelpng"
)

// overlaps are the scores of the images that have a true map.
type overlaps struct {
	images  [][]attnmap.ObjectOverlap
	objects int
	without int // images without a map, or without an object in it
}

// score compares the masks of the heads with the image's true map. It returns nothing if there is
// no map, or no object in it.
func (g *gallery) score(image input, d attnmap.Drawing, v *view) ([]attnmap.ObjectOverlap, error) {
	if g.Masks == "" {
		return nil, nil
	}
	scores, err := g.overlap(image, d, v)
	if err != nil {
		return nil, err
	}
	if len(scores) == 0 {
		g.overlaps.without++
		return nil, nil
	}
	g.overlaps.images = append(g.overlaps.images, scores)
	g.overlaps.objects += len(scores)
	return scores, nil
}

// overlap returns the best head of every object; nothing if there is no map, or no object in it.
func (g *gallery) overlap(image input, d attnmap.Drawing, v *view) ([]attnmap.ObjectOverlap, error) {
	truth, err := g.truth(image)
	if err != nil || truth == nil {
		return nil, err
	}
	seen := cutMap(truth.Resize(v.width, v.height), v.image.Width, v.image.Height)
	objects := seen.Objects()
	if len(objects) == 0 || (len(objects) == 1 && objects[0] == attnmap.Void) {
		return nil, nil
	}
	masks := make([][]bool, len(d.Heads))
	for h, head := range d.Heads {
		masks[h] = head.Mask
	}
	scores, err := attnmap.Jaccard(masks, v.grid(), v.attention.Patch, seen)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", image.path, err)
	}
	return scores, nil
}

// truth reads the map of an image, which lies below the folder as the image does below its own, or
// has its name; nil if there is none.
func (g *gallery) truth(image input) (*eval.LabelMap, error) {
	for _, file := range g.mapsOf(image) {
		m, err := labelpng.Read(file)
		if err == nil {
			return &m, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, nil
}

// cutMap cuts the pixels at the right and bottom off, as the image's were.
func cutMap(m eval.LabelMap, width, height int) eval.LabelMap {
	out := eval.NewLabelMap(width, height)
	for y := range height {
		copy(out.Labels[y*width:(y+1)*width], m.Labels[y*m.Width:])
	}
	return out
}
