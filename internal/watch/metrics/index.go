package metrics

import "math"

// maxBuckets bounds the buckets of an index. When they are full, neighbours are put together: there
// are between half as many and as many as this, whatever the length of the file.
const maxBuckets = 2048

// cell is what one bucket knows of one number.
type cell struct {
	sum      float64
	n        uint32 // values; lines where the number is missing or null are not counted
	min, max float32
}

// span is the part of a file that a bucket stands for.
type span struct{ first, last, epoch int64 } // steps of its lines; the epoch of the last

// index keeps a number of lines in buckets of width lines each; the last one may have fewer.
type index struct {
	columns
	limit  int // of buckets
	width  int // lines a bucket
	lines  int
	spans  []span
	cells  [][]cell // of each column, for each bucket that there was since its first value
	merges int      // how often neighbours were put together
}

func newIndex(limit int) *index { return &index{limit: limit, width: 1} }

// add counts a line whose step is behind those of the lines before.
func (x *index) add(r *row) {
	bucket := x.lines / x.width
	if bucket == x.limit {
		x.merge()
		bucket = x.lines / x.width
	}
	x.lines++
	if bucket == len(x.spans) {
		x.spans = append(x.spans, span{first: r.step})
	}
	x.spans[bucket].last, x.spans[bucket].epoch = r.step, r.epoch
	for i, value := range r.values {
		if math.IsNaN(value) {
			continue
		}
		for len(x.cells) <= i {
			x.cells = append(x.cells, nil)
		}
		for len(x.cells[i]) <= bucket {
			x.cells[i] = append(x.cells[i], cell{})
		}
		x.cells[i][bucket].add(cell{value, 1, float32(value), float32(value)})
	}
}

// add joins another cell.
func (c *cell) add(o cell) {
	switch {
	case o.n == 0:
	case c.n == 0:
		*c = o
	default:
		*c = cell{c.sum + o.sum, c.n + o.n, min(c.min, o.min), max(c.max, o.max)}
	}
}

// merge doubles the width.
func (x *index) merge() {
	x.width *= 2
	x.merges++
	half := (len(x.spans) + 1) / 2
	for i := range half {
		x.spans[i] = join(x.spans[2*i : min(2*i+2, len(x.spans))])
	}
	x.spans = x.spans[:half]
	for c, cells := range x.cells {
		kept := (len(cells) + 1) / 2
		for i := range kept {
			joined := cells[2*i]
			if 2*i+1 < len(cells) {
				joined.add(cells[2*i+1])
			}
			cells[i] = joined
		}
		x.cells[c] = cells[:kept]
	}
}

// join is the span of neighbours.
func join(spans []span) span {
	last := spans[len(spans)-1]
	return span{first: spans[0].first, last: last.last, epoch: last.epoch}
}

// bytes is about what the index takes in memory.
func (x *index) bytes() int {
	const cellSize, spanSize = 24, 24
	total := spanSize * cap(x.spans)
	for _, c := range x.cells {
		total += cellSize * cap(c)
	}
	return total
}
