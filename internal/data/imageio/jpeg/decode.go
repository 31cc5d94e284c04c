package jpeg

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dino-go/dino/augment"
)

// Colour says what the components of a file are.
type Colour int

// What the components are: as the file says, or as the container of the file says.
const (
	AsStated Colour = iota
	AsRGB           // the first three components are red, green and blue
	AsYCbCr         // the first three components are luma and colour differences
)

// Options say how a file is decoded.
type Options struct {
	Tables []byte // of quantisation and Huffman codes, a JPEG file without a frame; may be nil
	Colour Colour
	// Shrink halves both sides so often, 0 to 3 times, by the mean of the samples.
	Shrink int
	// Floor is the share of the picture that must be there in a file that ends early; what is
	// missing is grey. 0 stands for all of it.
	Floor float64
}

// Markers.
const (
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	dqt  = 0xdb
	dnl  = 0xdc
	dri  = 0xdd
	dht  = 0xc4
	dac  = 0xcc
	rst0 = 0xd0
	app0 = 0xe0
	appE = 0xee
)

var errEnd = errors.New("the file is truncated")

// decoder is a file that is being decoded.
type decoder struct {
	Options
	data []byte
	at   int

	width, height int
	components    []component
	hMax, vMax    int
	progressive   bool
	arithmetic    bool
	sawFrame      bool

	quantisation [4][64]int32 // in zigzag order
	huffman      [2][4]huffman
	conditions   conditions
	restart      int // MCUs between restart markers; 0 for none
	jfif, adobe  bool
	transform    byte // of the Adobe segment

	current scan // whose data come next
	scans   int
	work    [64]int16 // coefficients of a block of a sequential file
	got     float64   // share of the picture that was there, in a file that ends early; 1 in a whole one
}

// component is one of the planes of samples.
type component struct {
	id, h, v      int
	table         int // of quantisation
	width, height int // samples, without what fills up blocks
	across, down  int // blocks, with those that fill up the last MCUs
	stride        int // of plane
	plane         []uint8
	coefficients  []int16 // of a progressive file
	known         [64]int8
}

// Decode decodes a file to RGB. The caller has checked that its size is bearable.
func Decode(data []byte, o Options) (*augment.Image, error) {
	d := &decoder{Options: o, got: 1}
	d.conditions.reset()
	if len(o.Tables) > 0 {
		d.data = o.Tables
		if _, err := d.segments(); err != nil && !errors.Is(err, errEnd) {
			return nil, fmt.Errorf("in its tables: %w", err)
		}
	}
	d.data, d.at = data, 0
	if err := d.read(); err != nil {
		return nil, err
	}
	if err := d.checkWhole(); err != nil {
		return nil, err
	}
	if d.progressive {
		d.transformAll()
	}
	return d.picture()
}

// read decodes all scans.
func (d *decoder) read() error {
	for {
		end, err := d.segments()
		if errors.Is(err, errEnd) && d.scans > 0 {
			if !d.complete() {
				d.got = min(d.got, 0.999)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if end {
			if d.scans == 0 {
				return errors.New("the file has no scan")
			}
			return nil
		}
		if err := d.scan(); err != nil {
			return err
		}
		d.scans++
		if d.got < 1 {
			return nil
		}
	}
}

// complete tells whether every coefficient of every component was decoded to its last bit.
func (d *decoder) complete() bool {
	for i := range d.components {
		for _, bits := range d.components[i].known {
			if bits != 0 {
				return false
			}
		}
	}
	return true
}

// checkWhole refuses a file of which less than the floor is there.
func (d *decoder) checkWhole() error {
	floor := d.Floor
	if floor == 0 {
		floor = 1
	}
	if d.got < floor {
		return fmt.Errorf("%w: about %.0f %% of the picture are there", errEnd, 100*d.got)
	}
	return nil
}

// segments reads up to the data of a scan, or to the end of the file's image.
func (d *decoder) segments() (end bool, err error) {
	for {
		marker, err := d.marker()
		if err != nil {
			return false, err
		}
		switch {
		case marker == soi || marker == 1 || marker >= rst0 && marker < rst0+8:
			continue
		case marker == eoi:
			return true, nil
		}
		body, err := d.segment()
		if err != nil {
			return false, err
		}
		if marker == sos {
			if !d.sawFrame {
				return false, errors.New("the file is corrupt: a scan stands before its frame")
			}
			return false, d.scanHeader(body)
		}
		if err := d.use(marker, body); err != nil {
			return false, err
		}
	}
}

// marker finds the next marker; what stands before it is passed over.
func (d *decoder) marker() (byte, error) {
	for ; d.at+1 < len(d.data); d.at++ {
		if d.data[d.at] != 0xff || d.data[d.at+1] == 0xff || d.data[d.at+1] == 0 {
			continue
		}
		d.at += 2
		return d.data[d.at-1], nil
	}
	d.at = len(d.data)
	return 0, errEnd
}

// segment is what stands behind a marker and its length.
func (d *decoder) segment() ([]byte, error) {
	if d.at+2 > len(d.data) {
		return nil, errEnd
	}
	n := int(binary.BigEndian.Uint16(d.data[d.at:]))
	if n < 2 {
		return nil, errors.New("the file is corrupt: a segment is shorter than its own length")
	}
	if d.at+n > len(d.data) {
		return nil, errEnd
	}
	body := d.data[d.at+2 : d.at+n]
	d.at += n
	return body, nil
}

// use takes what a segment says.
func (d *decoder) use(marker byte, body []byte) error {
	switch marker {
	case dqt:
		return d.quantisers(body)
	case dht:
		return d.codes(body)
	case dac:
		return d.conditions.read(body)
	case dri:
		if len(body) < 2 {
			return errSegment
		}
		d.restart = int(binary.BigEndian.Uint16(body))
	case app0:
		d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
	case appE:
		if len(body) >= 12 && string(body[:5]) == "Adobe" {
			d.adobe, d.transform = true, body[11]
		}
	case 0xc0, 0xc1, 0xc2, 0xc9, 0xca:
		d.progressive, d.arithmetic = marker&3 == 2, marker >= 0xc9
		return d.frame(body)
	case 0xc3, 0xcb:
		return errors.New("lossless JPEG is not read: convert the file, for example to PNG")
	case 0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf:
		return errors.New("hierarchical JPEG is not read: convert the file, for example to PNG")
	}
	return nil
}

var errSegment = errors.New("the file is corrupt: a segment is too short")

func (d *decoder) quantisers(body []byte) error {
	for len(body) > 0 {
		deep, table := int(body[0]>>4), body[0]&15
		n := 64 * (1 + deep)
		if deep > 1 || table > 3 || len(body) < 1+n {
			return errors.New("the file is corrupt: a table of quantisation is malformed")
		}
		for i := range 64 {
			if deep == 0 {
				d.quantisation[table][i] = int32(body[1+i])
			} else {
				d.quantisation[table][i] = int32(binary.BigEndian.Uint16(body[1+2*i:]))
			}
		}
		body = body[1+n:]
	}
	return nil
}

func (d *decoder) codes(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 || body[0]>>4 > 1 || body[0]&15 > 3 {
			return errHuffman
		}
		n := 0
		for _, count := range body[1:17] {
			n += int(count)
		}
		if n > 256 || len(body) < 17+n {
			return errHuffman
		}
		if err := d.huffman[body[0]>>4][body[0]&15].build(body[1:17], body[17:17+n]); err != nil {
			return err
		}
		body = body[17+n:]
	}
	return nil
}
