package attention

import (
	"fmt"

	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// reportImage prints what was drawn of an image. scores are empty without a true map.
func (g *gallery) reportImage(image input, v *view, scores []attnmap.ObjectOverlap) {
	fields := progress.Fields{
		"path": image.path, "folder": image.name, "width": v.image.Width, "height": v.image.Height,
		"rows": v.attention.Rows, "cols": v.attention.Cols, "heads": len(v.attention.Heads),
	}
	line := terminal.Sprintf("%s: %d×%d pixels, %d×%d patches", image.path, v.image.Width, v.image.Height,
		v.attention.Cols, v.attention.Rows)
	if len(scores) > 0 {
		fields["objects"], fields["jaccard"] = scores, attnmap.MeanJaccard([][]attnmap.ObjectOverlap{scores})
		line += terminal.Sprintf(", Jaccard index %.3f of %d objects", fields["jaccard"], len(scores))
	}
	g.printer.Result("image", fields, "%s", line)
}

// report prints the last line.
func (g *gallery) report() error {
	drawn := len(g.images) - len(g.bad)
	fields := progress.Fields{"out": g.Out, "images": drawn, "bad_images": len(g.bad), "sheets": g.sheets.written}
	line := terminal.Sprintf("%s: %d images", g.Out, drawn)
	if len(g.bad) > 0 {
		line += terminal.Sprintf(", %d left out", len(g.bad))
	}
	if g.Video != "" {
		fields["video"] = g.Video
		line += terminal.Sprintf(", video %s", g.Video)
	}
	if g.Masks != "" {
		o := g.overlaps
		if len(o.images) == 0 {
			return fmt.Errorf("attention: --masks %s: none of %d images has a map there that shows an object; maps "+
				"are named like images, NAME.png", g.Masks, drawn)
		}
		fields["jaccard"], fields["objects"], fields["without_map"] = attnmap.MeanJaccard(o.images), o.objects,
			o.without
		line += terminal.Sprintf("\nJaccard index %.3f, mean of %d images with %d objects; %d without",
			fields["jaccard"], len(o.images), o.objects, o.without)
	}
	g.printer.Result("done", fields, "%s", line)
	return nil
}
