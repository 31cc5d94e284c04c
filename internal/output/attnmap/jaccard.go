package attnmap

import (
	"fmt"

	"github.com/dino-go/dino/eval"
)

// Void is the label of pixels that belong to nothing, such as the outlines of
// PASCAL VOC: they count neither for nor against.
const Void = 255

// ObjectOverlap is how well the best head covers one object.
type ObjectOverlap struct {
	Object  int     `json:"object"`
	Head    int     `json:"head"`
	Jaccard float64 `json:"jaccard"`
}

// Jaccard scores the masks of the heads, [heads][Rows·Cols] (see [Mask]), against
// the true map of the image, by the protocol of the DINO paper: for each object
// the largest area of intersection over area of union of any head. Masks are
// repeated to pixels, and the map is resized to them (nearest). The mean over
// the objects, and then over the images, is what the paper reports. It fails on
// masks that do not fit the grid, and if the map shows no object.
func Jaccard(masks [][]bool, grid Grid, patch int, truth eval.LabelMap) ([]ObjectOverlap, error) {
	if len(masks) == 0 || patch < 1 {
		return nil, fmt.Errorf("attnmap: Jaccard index of %d masks with patches of %d pixels: need at "+
			"least one of each", len(masks), patch)
	}
	for h, mask := range masks {
		if len(mask) != grid.Patches() || len(mask) == 0 {
			return nil, fmt.Errorf("attnmap: mask of head %d has %d patches: the grid is %d×%d", h, len(mask),
				grid.Rows, grid.Cols)
		}
	}
	if truth.Width < 1 || truth.Height < 1 || len(truth.Labels) != truth.Width*truth.Height {
		return nil, fmt.Errorf("attnmap: true map is %d×%d with %d labels", truth.Width, truth.Height,
			len(truth.Labels))
	}
	truth = truth.Resize(grid.Cols*patch, grid.Rows*patch)
	var overlaps []ObjectOverlap
	for _, object := range truth.Objects() {
		if object == Void {
			continue
		}
		best := ObjectOverlap{Object: object}
		for h, mask := range masks {
			if j := overlap(Upsample(mask, grid, patch), truth.Labels, object); j > best.Jaccard {
				best.Head, best.Jaccard = h, j
			}
		}
		overlaps = append(overlaps, best)
	}
	if len(overlaps) == 0 {
		return nil, fmt.Errorf("attnmap: the true map shows no object: all its labels are 0 or %d", Void)
	}
	return overlaps, nil
}

// overlap returns the Jaccard index of a mask and an object.
func overlap(mask []bool, labels []uint8, object int) float64 {
	intersection, union := 0, 0
	for i, marked := range mask {
		if labels[i] == Void {
			continue
		}
		inside := int(labels[i]) == object
		if marked || inside {
			union++
		}
		if marked && inside {
			intersection++
		}
	}
	if union == 0 {
		return 0
	}
	return float64(intersection) / float64(union)
}

// MeanJaccard returns the mean over images of the mean over their objects.
func MeanJaccard(images [][]ObjectOverlap) float64 {
	sum := 0.0
	for _, objects := range images {
		image := 0.0
		for _, object := range objects {
			image += object.Jaccard
		}
		sum += image / float64(len(objects))
	}
	return sum / float64(len(images))
}
