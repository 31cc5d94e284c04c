package eval

import (
	"fmt"
	"math"
)

// LabelMap gives every pixel of a picture the number of the object that it
// belongs to, 0 for the background.
type LabelMap struct {
	Width, Height int
	Labels        []uint8 // [Height, Width], row-major
}

// NewLabelMap returns a map of background.
func NewLabelMap(width, height int) LabelMap {
	return LabelMap{Width: width, Height: height, Labels: make([]uint8, width*height)}
}

func (m LabelMap) check(name string) error {
	if m.Width < 1 || m.Height < 1 || len(m.Labels) != m.Width*m.Height {
		return fmt.Errorf("eval: %s is %d×%d with %d labels: must have at least one pixel, and a label for each", name,
			m.Width, m.Height, len(m.Labels))
	}
	return nil
}

// Resize returns the map at another size, each pixel with the label of the
// nearest one, the pixel at ⌊(x + ½)·old/new⌋.
func (m LabelMap) Resize(width, height int) LabelMap {
	out := NewLabelMap(width, height)
	for y := range height {
		from := (2*y + 1) * m.Height / (2 * height) * m.Width
		for x := range width {
			out.Labels[y*width+x] = m.Labels[from+(2*x+1)*m.Width/(2*width)]
		}
	}
	return out
}

// Objects returns the numbers of the objects that occur, ascending.
func (m LabelMap) Objects() []int {
	var seen [256]bool
	for _, label := range m.Labels {
		seen[label] = true
	}
	var objects []int
	for label := 1; label < len(seen); label++ {
		if seen[label] {
			objects = append(objects, label)
		}
	}
	return objects
}

// OneHot returns [pixels, classes], 1 for the label of each pixel, 0 elsewhere.
// The map's labels must be less than classes.
func (m LabelMap) OneHot(classes int) (Matrix, error) {
	if err := m.check("label map"); err != nil {
		return Matrix{}, err
	}
	out := NewMatrix(len(m.Labels), classes)
	for i, label := range m.Labels {
		if int(label) >= classes {
			return Matrix{}, fmt.Errorf("eval: label map: pixel %d has label %d: must be less than %d", i, label,
				classes)
		}
		out.Row(i)[label] = 1
	}
	return out, nil
}

// Segment turns soft labels of a grid of patches, [rows·cols, classes], into a
// map of width × height pixels, as the official video segmentation does: each
// class is enlarged by the patch size (bilinear, edges repeated), stretched so
// that its values go from 0 to 1, and given the pixels where it is largest; the
// nearest pixel of that makes the map.
func Segment(labels Matrix, rows, cols, patch, width, height int) (LabelMap, error) {
	if labels.Rows != rows*cols || labels.Cols < 1 || labels.Cols > 256 || len(labels.Data) != labels.Rows*labels.Cols {
		return LabelMap{}, fmt.Errorf("eval: segment: labels are [%d, %d]: want [%d, 1 to 256] for a grid of "+
			"%d×%d patches", labels.Rows, labels.Cols, rows*cols, rows, cols)
	}
	if rows < 1 || cols < 1 || patch < 1 || width < 1 || height < 1 {
		return LabelMap{}, fmt.Errorf("eval: segment: grid %d×%d, patch %d, picture %d×%d: must all be positive", rows,
			cols, patch, width, height)
	}
	large := NewLabelMap(cols*patch, rows*patch)
	best := make([]float32, len(large.Labels))
	for class := range labels.Cols {
		plane := enlarge(labels, class, rows, cols, patch)
		stretch(plane)
		for i, v := range plane {
			if class == 0 || v > best[i] {
				best[i], large.Labels[i] = v, uint8(class)
			}
		}
	}
	return large.Resize(width, height), nil
}

// enlarge returns one class's plane, [rows·patch, cols·patch].
func enlarge(labels Matrix, class, rows, cols, patch int) []float32 {
	plane := make([]float32, rows*cols*patch*patch)
	x0, x1, fx := bilinear(cols, patch)
	y0, y1, fy := bilinear(rows, patch)
	at := func(y, x int) float32 { return labels.Data[(y*cols+x)*labels.Cols+class] }
	for y := range y0 {
		for x := range x0 {
			top := at(y0[y], x0[x])*(1-fx[x]) + at(y0[y], x1[x])*fx[x]
			bottom := at(y1[y], x0[x])*(1-fx[x]) + at(y1[y], x1[x])*fx[x]
			plane[y*len(x0)+x] = top*(1-fy[y]) + bottom*fy[y]
		}
	}
	return plane
}

// bilinear returns, for every place of an axis of n entries enlarged by patch,
// the two entries around it and the second one's weight.
func bilinear(n, patch int) (low, high []int, weight []float32) {
	for i := range n * patch {
		position := max(0, (float64(i)+0.5)/float64(patch)-0.5)
		first := int(math.Floor(position))
		low, high = append(low, first), append(high, min(first+1, n-1))
		weight = append(weight, float32(position-float64(first)))
	}
	return low, high, weight
}

// stretch maps a plane with a positive value to 0…1, in place.
func stretch(plane []float32) {
	least, most := plane[0], plane[0]
	for _, v := range plane {
		least, most = min(least, v), max(most, v)
	}
	if most <= 0 || most == least {
		return
	}
	for i, v := range plane {
		plane[i] = (v - least) / (most - least)
	}
}
