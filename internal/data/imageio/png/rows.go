package png

import (
	"fmt"
	"io"
)

// rows reads the rows of an image of a width, and undoes their filters.
type rows struct {
	from          io.Reader
	size          int // bytes of a pixel, at least 1
	now, previous []uint8
}

func newRows(d *decoder, width int) *rows {
	n := 1 + (width*d.samples*d.bits+7)/8
	return &rows{
		from: d.pixels, size: max(1, d.samples*d.bits/8), now: make([]uint8, n), previous: make([]uint8, n),
	}
}

// next returns a row without the number of its filter; it is valid until the next but one.
func (r *rows) next() ([]uint8, error) {
	r.now, r.previous = r.previous, r.now
	if _, err := io.ReadFull(r.from, r.now); err != nil {
		return nil, err
	}
	row, above := r.now[1:], r.previous[1:]
	switch filter := r.now[0]; filter {
	case 0:
	case 1:
		for i := r.size; i < len(row); i++ {
			row[i] += row[i-r.size]
		}
	case 2:
		for i, v := range above {
			row[i] += v
		}
	case 3:
		for i := range min(r.size, len(row)) {
			row[i] += above[i] / 2
		}
		for i := r.size; i < len(row); i++ {
			row[i] += uint8((int(row[i-r.size]) + int(above[i])) / 2)
		}
	case 4:
		r.paeth(row, above)
	default:
		return nil, fmt.Errorf("the file is corrupt: a row has filter %d", filter)
	}
	return row, nil
}

// paeth adds the neighbour that is nearest to left + above − above left.
func (r *rows) paeth(row, above []uint8) {
	for start := range min(r.size, len(row)) {
		var left, corner int
		for i := start; i < len(row); i += r.size {
			up := int(above[i])
			a, b := up-corner, left-corner
			c := a + b
			a, b, c = max(a, -a), max(b, -b), max(c, -c)
			best := corner
			if a <= b && a <= c {
				best = left
			} else if b <= c {
				best = up
			}
			left = int(uint8(best + int(row[i])))
			row[i], corner = uint8(left), up
		}
	}
}
