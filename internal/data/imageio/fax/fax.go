// Package fax decodes bilevel images in the codes of facsimile, ITU-T T.4 and T.6: one-dimensional,
// two-dimensional (group 3) and two-dimensional without ends of lines (group 4).
//
// Tests: oracle (libtiff through Pillow, where it is there), property (codes are free of prefixes),
// bad input, fuzz.
package fax

import (
	"errors"
	"fmt"
)

// Coding says how lines are coded.
type Coding struct {
	TwoDimensional bool // lines may be coded by the line above
	EndOfLine      bool // every line stands behind its mark (group 3); without, there is none (group 4 and TIFF's own)
	ByteAligned    bool // every line begins with a byte
}

var (
	errEnd  = errors.New("the file is truncated: the coded lines end before the last line")
	errCode = errors.New("a run or mode of the coded lines is no code of T.4 or T.6")
)

// Decode returns height lines of width pixels, one byte each: 0 for white, 1 for black.
func Decode(data []byte, width, height int, c Coding) ([]byte, error) {
	d := decoder{bits: bits{data: data}, width: width}
	out := make([]byte, width*height)
	above := []int{width, width}
	for y := range height {
		line, err := d.line(c, above)
		if err != nil {
			return nil, fmt.Errorf("line %d of %d: %w", y, height, err)
		}
		paint(out[y*width:][:width], line)
		d.spare, above = above, line
	}
	return out, nil
}

// paint blackens every second run; edges are where the colour changes, the first to black.
func paint(row []byte, edges []int) {
	for i := 0; i+1 < len(edges); i += 2 {
		for x := edges[i]; x < edges[i+1]; x++ {
			row[x] = 1
		}
	}
}

type decoder struct {
	bits
	width int
	spare []int // memory of a line that is needed no more
}

// line reads the edges of a line: where its colour changes, in order, and behind them the width
// twice at least.
func (d *decoder) line(c Coding, above []int) ([]int, error) {
	flat := !c.TwoDimensional
	if c.EndOfLine {
		d.mark()
		if c.TwoDimensional {
			flat = d.peek(1) == 1
			d.skip(1)
		}
	} else if c.ByteAligned {
		d.align()
	}
	edges := d.spare[:0]
	var err error
	if flat {
		edges, err = d.flat(edges)
	} else {
		edges, err = d.byAbove(edges, above)
	}
	if err == nil && d.over() {
		err = errEnd
	}
	return append(edges, d.width, d.width), err
}

// flat reads runs of white and black in turn until the line is full.
func (d *decoder) flat(edges []int) ([]int, error) {
	codes, other := white, black
	for at := 0; at < d.width; codes, other = other, codes {
		run, err := d.run(codes)
		if err != nil {
			return edges, err
		}
		at = min(at+run, d.width)
		edges = append(edges, at)
	}
	return edges, nil
}

// byAbove reads modes until the line is full.
func (d *decoder) byAbove(edges, above []int) ([]int, error) {
	at, isBlack := -1, false
	for at < d.width {
		e := modes[d.peek(longest)]
		if e.length == 0 {
			if d.over() {
				return edges, errEnd
			}
			return edges, errCode
		}
		d.skip(int(e.length))
		b1, b2 := edgesAbove(above, at, isBlack)
		switch mode := int(e.value); mode {
		case pass:
			at = b2
		case horizontal:
			first, second := white, black
			if isBlack {
				first, second = black, white
			}
			at = max(at, 0)
			for _, codes := range []*table{first, second} {
				run, err := d.run(codes)
				if err != nil {
					return edges, err
				}
				at = min(at+run, d.width)
				edges = append(edges, at)
			}
		default:
			to := b1 + offsets[mode-vertical]
			if to < max(at, 0) || to > d.width {
				return edges, errCode
			}
			at, isBlack = to, !isBlack
			edges = append(edges, at)
		}
	}
	return edges, nil
}

// edgesAbove are the first edge of the line above to the right of a place that changes to the
// colour opposite to ours, and the one behind it.
func edgesAbove(above []int, at int, isBlack bool) (b1, b2 int) {
	i := 0
	if isBlack {
		i = 1
	}
	for i+2 < len(above) && above[i] <= at {
		i += 2
	}
	return above[min(i, len(above)-1)], above[min(i+1, len(above)-1)]
}

// run reads the length of a run: any number of multiples of 64, then a rest.
func (d *decoder) run(codes *table) (int, error) {
	for length := 0; ; {
		e := codes[d.peek(longest)]
		if e.length == 0 {
			if d.over() {
				return 0, errEnd
			}
			return 0, errCode
		}
		d.skip(int(e.length))
		length += int(e.value)
		if e.value < 64 || length > d.width+2560 {
			return length, nil
		}
	}
}

// mark passes the mark of a line, eleven zeros at least and a one, where there is one.
func (d *decoder) mark() {
	const zeros = 11
	begin := d.at
	for d.at < 8*len(d.data) && d.peek(1) == 0 {
		d.skip(1)
	}
	if d.at-begin < zeros || d.over() {
		d.at = begin
		return
	}
	d.skip(1)
}

// bits reads the highest bit of a byte first; behind the end there are zeros.
type bits struct {
	data []byte
	at   int // in bits
}

func (b *bits) peek(n int) int {
	v := 0
	for i := range 3 {
		v <<= 8
		if k := b.at/8 + i; k < len(b.data) {
			v |= int(b.data[k])
		}
	}
	return v >> (24 - b.at%8 - n) & (1<<n - 1)
}

func (b *bits) skip(n int) { b.at += n }

func (b *bits) align() { b.at = (b.at + 7) &^ 7 }

// over tells whether more was read than there is.
func (b *bits) over() bool { return b.at > 8*len(b.data) }
