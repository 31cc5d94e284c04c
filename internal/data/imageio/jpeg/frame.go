package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// frame reads the header of a frame.
func (d *decoder) frame(body []byte) error {
	if d.sawFrame {
		return errors.New("the file is corrupt: it has two frames")
	}
	if len(body) < 6 {
		return errSegment
	}
	d.sawFrame = true
	if body[0] != 8 {
		return fmt.Errorf("samples have %d bits: JPEG is read with 8; convert the file to PNG or TIFF", body[0])
	}
	d.height, d.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if d.height == 0 {
		d.height = Height(d.data)
	}
	n := int(body[5])
	if d.width == 0 || d.height == 0 {
		return fmt.Errorf("the image has no pixels: its header says %d×%d", d.width, d.height)
	}
	if n != 1 && n != 3 && n != 4 || len(body) < 6+3*n {
		return fmt.Errorf("the image has %d components: must be 1, 3 or 4", n)
	}
	d.components = make([]component, n)
	d.hMax, d.vMax = 1, 1
	for i := range d.components {
		b := body[6+3*i:]
		c := component{id: int(b[0]), h: int(b[1] >> 4), v: int(b[1] & 15), table: int(b[2])}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return fmt.Errorf("the file is corrupt: component %d is sampled %d×%d with table %d", i, c.h, c.v, c.table)
		}
		if n == 1 {
			c.h, c.v = 1, 1
		}
		d.components[i] = c
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
	}
	return d.allot()
}

// allot takes memory for the planes.
func (d *decoder) allot() error {
	for i := range d.components {
		c := &d.components[i]
		if d.hMax%c.h != 0 || d.vMax%c.v != 0 {
			return errors.New("components are subsampled by fractions: convert the file, for example to PNG")
		}
		c.width, c.height = over(d.width*c.h, d.hMax), over(d.height*c.v, d.vMax)
		c.across, c.down = over(d.width, 8*d.hMax)*c.h, over(d.height, 8*d.vMax)*c.v
		c.stride = c.across * (8 >> d.Shrink)
		for k := range c.known {
			c.known[k] = -1
		}
		if d.progressive {
			c.coefficients = make([]int16, 64*c.across*c.down)
		}
	}
	return nil
}

// planes takes the memory of samples, all grey.
func (d *decoder) planes() error {
	for i := range d.components {
		if c := &d.components[i]; c.plane == nil {
			if d.quantisation[c.table] == [64]int32{} {
				return errors.New("the file is corrupt: a component names a table of quantisation that is not there")
			}
			c.plane = bytes.Repeat([]byte{128}, c.stride*c.down*(8>>d.Shrink))
		}
	}
	return nil
}

// over divides and rounds up.
func over(a, b int) int { return (a + b - 1) / b }

// Height is what the segment DNL behind the first scan of a file states, for a frame whose header
// states no height; 0 without one.
func Height(data []byte) int {
	at := bytes.Index(data, []byte{0xff, dnl, 0, 4})
	if at < 0 || at+6 > len(data) {
		return 0
	}
	return int(binary.BigEndian.Uint16(data[at+4:]))
}

// Size is what the header of the frame of a file states, in pixels.
func Size(data []byte) (width, height int, err error) {
	d := decoder{data: data}
	for {
		marker, err := d.marker()
		if err != nil {
			return 0, 0, err
		}
		switch {
		case marker == soi || marker == 1 || marker >= rst0 && marker < rst0+8:
			continue
		case marker == eoi || marker == sos:
			return 0, 0, errors.New("the file has no frame")
		}
		body, err := d.segment()
		if err != nil {
			return 0, 0, err
		}
		if marker >= 0xc0 && marker <= 0xcf && marker != dht && marker != 0xc8 && marker != dac {
			if len(body) < 6 {
				return 0, 0, errSegment
			}
			width, height = int(binary.BigEndian.Uint16(body[3:])), int(binary.BigEndian.Uint16(body[1:]))
			if height == 0 {
				height = Height(data)
			}
			return width, height, nil
		}
	}
}
