package eval

import "math"

// boundaryTolerance is how far two outlines may be apart to match, as a share
// of the picture's diagonal.
const boundaryTolerance = 0.008

// BoundaryAccuracy compares the outlines of one object in two maps of one size:
// the measure F of DAVIS (Perazzi et al., "A Benchmark Dataset and Evaluation
// Methodology for Video Object Segmentation", 2016). With the share P of the
// predicted outline within 0.008 of the diagonal, rounded up to whole pixels, of
// the true one, and the share R of the true outline likewise near the predicted,
//
//	F = 2·P·R/(P + R)
//
// An outline without pixels has a share of 1. F is 0 when only one map has the
// object, 1 when neither has.
func BoundaryAccuracy(predicted, truth LabelMap, object int) float64 {
	radius := int(math.Ceil(boundaryTolerance * math.Hypot(float64(truth.Width), float64(truth.Height))))
	found, wanted := outline(predicted, object), outline(truth, object)
	precision := shareWithin(found, dilate(wanted, truth.Width, truth.Height, radius))
	recall := shareWithin(wanted, dilate(found, truth.Width, truth.Height, radius))
	if precision+recall == 0 {
		return 0
	}
	return 2 * precision * recall / (precision + recall)
}

// outline marks the pixels of which the one to the right, below, or diagonally
// below differs in being part of the object.
func outline(m LabelMap, object int) []bool {
	in := func(x, y int) bool {
		return int(m.Labels[min(y, m.Height-1)*m.Width+min(x, m.Width-1)]) == object
	}
	line := make([]bool, len(m.Labels))
	for y := range m.Height {
		for x := range m.Width {
			here := in(x, y)
			line[y*m.Width+x] = here != in(x+1, y) || here != in(x, y+1) || here != in(x+1, y+1)
		}
	}
	return line
}

// dilate marks all pixels within a radius of marked ones.
func dilate(marked []bool, width, height, radius int) []bool {
	out := make([]bool, len(marked))
	for i, m := range marked {
		if !m {
			continue
		}
		for y := max(0, i/width-radius); y <= min(height-1, i/width+radius); y++ {
			for x := max(0, i%width-radius); x <= min(width-1, i%width+radius); x++ {
				down, right := y-i/width, x-i%width
				if down*down+right*right <= radius*radius {
					out[y*width+x] = true
				}
			}
		}
	}
	return out
}

// shareWithin returns the share of marked pixels that lie in an area, 1 if none
// is marked.
func shareWithin(marked, area []bool) float64 {
	all, within := 0, 0
	for i, m := range marked {
		if m {
			all++
			if area[i] {
				within++
			}
		}
	}
	if all == 0 {
		return 1
	}
	return float64(within) / float64(all)
}
