package attention

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/attnmap"
	"github.com/dino-go/dino/internal/labelpng"
	"github.com/dino-go/dino/internal/progress"
)

// overlaps are the scores of the images that have a true map.
type overlaps struct {
	images  [][]attnmap.ObjectOverlap
	objects int
	without int // images without a map, or without an object in it
}

// score compares the masks of the heads with the image's true map, if one is asked for and there, and reports the image.
func (g *gallery) score(image input, d attnmap.Drawing, v *view) error {
	fields := progress.Fields{
		"path": image.path, "folder": image.name, "width": v.image.Width, "height": v.image.Height,
		"rows": v.attention.Rows, "cols": v.attention.Cols, "heads": len(v.attention.Heads),
	}
	line := fmt.Sprintf("%s: %d×%d pixels, %d×%d patches", image.path, v.image.Width, v.image.Height, v.attention.Rows, v.attention.Cols)
	if g.Masks != "" {
		scores, err := g.overlap(image, d, v)
		if err != nil {
			return err
		}
		if len(scores) == 0 {
			g.overlaps.without++
		} else {
			g.overlaps.images = append(g.overlaps.images, scores)
			g.overlaps.objects += len(scores)
			fields["objects"], fields["jaccard"] = scores, attnmap.MeanJaccard([][]attnmap.ObjectOverlap{scores})
			line += fmt.Sprintf(", Jaccard index %.3f of %d objects", fields["jaccard"], len(scores))
		}
	}
	g.printer.Event("image", fields, "%s", line)
	return nil
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

// truth reads the map of an image, which lies below the folder as the image does below its own, or has its name; nil if there is none.
func (g *gallery) truth(image input) (*eval.LabelMap, error) {
	for _, name := range []string{image.name, path.Base(image.name)} {
		m, err := labelpng.Read(filepath.Join(g.Masks, filepath.FromSlash(name)+".png"))
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

// report prints the last line.
func (g *gallery) report() error {
	drawn := len(g.images) - len(g.bad)
	fields := progress.Fields{"out": g.Out, "images": drawn, "bad_images": len(g.bad), "sheets": g.sheets.written}
	line := fmt.Sprintf("%s: %d images", g.Out, drawn)
	if len(g.bad) > 0 {
		line += fmt.Sprintf(", %d left out", len(g.bad))
	}
	if g.Video != "" {
		fields["video"] = g.Video
		line += ", video " + g.Video
	}
	if g.Masks != "" {
		o := g.overlaps
		if len(o.images) == 0 {
			return fmt.Errorf("attention: --masks %s: none of %d images has a map there that shows an object; maps are named like images, NAME.png", g.Masks, drawn)
		}
		fields["jaccard"], fields["objects"], fields["without_map"] = attnmap.MeanJaccard(o.images), o.objects, o.without
		line += fmt.Sprintf("\nJaccard index %.3f, mean of %d images with %d objects; %d without", fields["jaccard"], len(o.images), o.objects, o.without)
	}
	g.printer.Event("done", fields, "%s", line)
	return nil
}
