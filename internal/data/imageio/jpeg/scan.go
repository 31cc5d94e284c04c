package jpeg

import (
	"errors"
	"fmt"
)

// scan is one pass over some components.
type scan struct {
	of         []int // components
	dc, ac     [4]int
	first, end int // coefficients, both included
	high, low  int // bits of them that are known, and that are known behind the scan
}

// scanHeader reads the header of the scan whose data come next.
func (d *decoder) scanHeader(body []byte) error {
	if len(body) < 1 || len(body) < 4+2*int(body[0]) || body[0] < 1 || body[0] > 4 {
		return errSegment
	}
	n := int(body[0])
	s := scan{}
	for i := range n {
		id, tables := int(body[1+2*i]), body[2+2*i]
		found := -1
		for k := range d.components {
			if d.components[k].id == id && !contains(s.of, k) {
				found = k
				break
			}
		}
		if found < 0 {
			return errors.New("the file is corrupt: a scan names a component that the frame does not have")
		}
		s.of = append(s.of, found)
		s.dc[i], s.ac[i] = int(tables>>4)&3, int(tables)&3
	}
	b := body[1+2*n:]
	s.first, s.end, s.high, s.low = int(b[0]), int(b[1]), int(b[2]>>4), int(b[2]&15)
	if !d.progressive { // some writers leave it out
		s.first, s.end, s.high, s.low = 0, 63, 0, 0
	}
	if s.first > s.end || s.end > 63 || s.low > 13 || s.first == 0 && s.end > 0 && d.progressive ||
		s.first > 0 && n > 1 {
		return fmt.Errorf("the file is corrupt: a scan of %d components has coefficients %d to %d", n, s.first, s.end)
	}
	d.current = s
	return nil
}

func contains(of []int, k int) bool {
	for _, v := range of {
		if v == k {
			return true
		}
	}
	return false
}

// entropy decodes blocks of a scan.
type entropy interface {
	// restart begins an interval at a place of the file.
	restart(at int)
	// block decodes a block of the component at place i of the scan.
	block(i int, coefficients *[64]int16) error
	// missing tells whether the data ended before the last block.
	missing() bool
	// damaged tells whether bits of the interval were no code.
	damaged() bool
	// at is where the reader is in the file.
	at() int
}

// scan decodes the data of the current scan.
func (d *decoder) scan() error {
	s := &d.current
	if err := d.planes(); err != nil {
		return err
	}
	for _, k := range s.of {
		c := &d.components[k]
		for i := s.first; i <= s.end; i++ {
			c.known[i] = int8(s.low)
		}
	}
	var e entropy
	if d.arithmetic {
		e = newArithmetic(d)
	} else {
		h, err := newHuffmanScan(d)
		if err != nil {
			return err
		}
		e = h
	}
	if err := d.decodeUnits(e, s); err != nil {
		return err
	}
	d.at = e.at()
	return nil
}

// mostDamaged is the share of the intervals between restart markers that may be damaged in a file
// that is taken; without such markers nothing may be.
const mostDamaged = 0.25

var errCode = errors.New("the file is corrupt: bits that are no Huffman code")

// decodeUnits decodes the MCUs of a scan.
func (d *decoder) decodeUnits(e entropy, s *scan) error {
	across, down := d.units(s)
	total, damaged := across*down, 0
	hurt, skip := false, false // of the interval
	for unit := range total {
		if d.restart > 0 && unit > 0 && unit%d.restart == 0 {
			d.at = e.at()
			d.passRestart()
			e.restart(d.at)
			if hurt {
				damaged++
			}
			hurt, skip = false, false
		}
		if skip { // the interval has no more data: its rest stays grey
			continue
		}
		err := d.unit(e, s, unit%across, unit/across)
		switch missing := e.missing(); {
		case missing && (d.restart == 0 || e.at() >= len(d.data)-1): // the rest is gone
			share := 0.999
			if d.scans == 0 || !d.progressive {
				share = float64(unit/across) / float64(down)
			}
			d.got = min(d.got, share)
			return nil
		case err != nil:
			return err
		case e.damaged() && d.restart == 0:
			return errCode
		case missing || e.damaged():
			hurt, skip = true, missing
		}
	}
	if hurt {
		damaged++
	}
	if d.restart > 0 && float64(damaged*d.restart) > mostDamaged*float64(total) {
		return fmt.Errorf("%w in %d of %d intervals between restart markers", errCode, damaged, over(total, d.restart))
	}
	return nil
}

// passRestart goes behind the restart marker, if it is the next marker.
func (d *decoder) passRestart() {
	for at := d.at; at+1 < len(d.data); at++ {
		if d.data[at] == 0xff && d.data[at+1] != 0 && d.data[at+1] != 0xff {
			if m := d.data[at+1]; m >= rst0 && m < rst0+8 {
				d.at = at + 2
			}
			return
		}
	}
	d.at = len(d.data)
}

// units is how many MCUs a scan has: blocks of its only component, or else what interleaves all.
func (d *decoder) units(s *scan) (across, down int) {
	if len(s.of) == 1 {
		c := &d.components[s.of[0]]
		return over(c.width, 8), over(c.height, 8)
	}
	return over(d.width, 8*d.hMax), over(d.height, 8*d.vMax)
}

// unit decodes an MCU.
func (d *decoder) unit(e entropy, s *scan, x, y int) error {
	if len(s.of) == 1 {
		return d.block(e, 0, &d.components[s.of[0]], x, y)
	}
	for i, k := range s.of {
		c := &d.components[k]
		for v := range c.v {
			for h := range c.h {
				if err := d.block(e, i, c, x*c.h+h, y*c.v+v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// block decodes one block, and in a sequential file transforms it.
func (d *decoder) block(e entropy, i int, c *component, x, y int) error {
	if d.progressive {
		return e.block(i, (*[64]int16)(c.coefficients[64*(y*c.across+x):]))
	}
	d.work = [64]int16{}
	if err := e.block(i, &d.work); err != nil {
		return err
	}
	d.put(c, &d.work, x, y)
	return nil
}

// put transforms a block into the plane of its component.
func (d *decoder) put(c *component, coefficients *[64]int16, x, y int) {
	side := 8 >> d.Shrink
	to := c.plane[y*side*c.stride+x*side:]
	if d.Shrink == 0 {
		inverse(to, c.stride, coefficients, &d.quantisation[c.table])
		return
	}
	var whole [64]uint8
	inverse(whole[:], 8, coefficients, &d.quantisation[c.table])
	n := 1 << d.Shrink
	for v := range side {
		for h := range side {
			sum := n * n / 2
			for j := range n {
				for i := range n {
					sum += int(whole[(v*n+j)*8+h*n+i])
				}
			}
			to[v*c.stride+h] = uint8(sum / (n * n))
		}
	}
}

// transformAll transforms the coefficients of a progressive file.
func (d *decoder) transformAll() {
	for i := range d.components {
		c := &d.components[i]
		for y := range c.down {
			for x := range c.across {
				d.put(c, (*[64]int16)(c.coefficients[64*(y*c.across+x):]), x, y)
			}
		}
		c.coefficients = nil
	}
}
