package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Tags that are used.
const (
	tagSubfileType     = 254
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripCounts     = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileCounts      = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagJPEGTables      = 347
	tagOldJPEG         = 513
	tagOldJPEGLength   = 514
	tagYCbCrWeights    = 529
	tagYCbCrSubsamples = 530
	tagReferences      = 532
	tagXMP             = 700
	tagNoData          = 42113
)

// file is the bytes of a file and how its numbers are written.
type file struct {
	data  []byte
	order binary.ByteOrder
	big   bool // a BigTIFF
}

var (
	errOutside = errors.New("the file is truncated: a directory or what it names lies beyond its end")
	errHeader  = errors.New("the file has no TIFF header")
)

// open reads the header, and returns where the first directory is.
func open(data []byte) (f file, first uint64, err error) {
	if len(data) < 8 {
		return f, 0, errOutside
	}
	f.data = data
	switch string(data[:2]) {
	case "II":
		f.order = binary.LittleEndian
	case "MM":
		f.order = binary.BigEndian
	default:
		return f, 0, errHeader
	}
	switch f.order.Uint16(data[2:]) {
	case 42:
		return f, uint64(f.order.Uint32(data[4:])), nil
	case 43:
		f.big = true
		if len(data) < 16 {
			return f, 0, errOutside
		}
		if f.order.Uint16(data[4:]) != 8 {
			return f, 0, errors.New("the BigTIFF has offsets that are not of 8 bytes")
		}
		return f, f.order.Uint64(data[8:]), nil
	}
	return f, 0, errHeader
}

// slice is a part of the file.
func (f *file) slice(at, n uint64) ([]byte, error) {
	size := uint64(len(f.data))
	if at > size || n > size-at {
		return nil, errOutside
	}
	return f.data[at : at+n], nil
}

// entry is the values of a tag as they stand in the file.
type entry struct {
	kind  uint16
	count uint64
	value []byte
}

// directory is the tags of an image; of a tag that is there twice the first counts.
type directory struct {
	file
	entries map[uint16]entry
}

// sizes of the types of values in bytes, by their numbers.
var sizes = [...]uint64{
	1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}

// directory reads the directory at a place, and says where the next one is; 0 if there is none.
// Tags may stand in any order. Those of unknown types and those whose values lie beyond the end of
// the file are left out: what is needed is missed later.
func (f file) directory(at uint64) (d directory, next uint64, err error) {
	head, each, inline := uint64(2), uint64(12), uint64(4)
	if f.big {
		head, each, inline = 8, 20, 8
	}
	top, err := f.slice(at, head)
	if err != nil {
		return d, 0, err
	}
	count := uint64(f.order.Uint16(top))
	if f.big {
		count = f.order.Uint64(top)
	}
	if count > uint64(len(f.data))/each {
		return d, 0, errOutside
	}
	body, err := f.slice(at+head, count*each)
	if err != nil {
		return d, 0, err
	}
	d = directory{file: f, entries: map[uint16]entry{}}
	for ; len(body) > 0; body = body[each:] {
		d.add(body[:each], inline)
	}
	if link, err := f.slice(at+head+count*each, inline); err == nil {
		next = f.offset(link)
	}
	return d, next, nil
}

// offset is a place in the file as directories write it.
func (f *file) offset(b []byte) uint64 {
	if f.big {
		return f.order.Uint64(b)
	}
	return uint64(f.order.Uint32(b))
}

func (d *directory) add(raw []byte, inline uint64) {
	tag, e := d.order.Uint16(raw), entry{kind: d.order.Uint16(raw[2:])}
	if _, again := d.entries[tag]; again || int(e.kind) >= len(sizes) || sizes[e.kind] == 0 {
		return
	}
	e.count = d.offset(raw[4:])
	if e.count > uint64(len(d.data)) {
		return
	}
	e.value = raw[len(raw)-int(inline):]
	if n := e.count * sizes[e.kind]; n > inline {
		value, err := d.slice(d.offset(e.value), n)
		if err != nil {
			return
		}
		e.value = value
	} else {
		e.value = e.value[:n]
	}
	d.entries[tag] = e
}

// has tells whether a tag is there and has a value.
func (d *directory) has(tag uint16) bool { return d.entries[tag].count > 0 }

// at is value i of a whole number or a fraction.
func (d *directory) at(e entry, i uint64) float64 {
	b := e.value[i*sizes[e.kind]:]
	switch e.kind {
	case 1, 2, 7:
		return float64(b[0])
	case 6:
		return float64(int8(b[0]))
	case 3:
		return float64(d.order.Uint16(b))
	case 8:
		return float64(int16(d.order.Uint16(b)))
	case 4, 13:
		return float64(d.order.Uint32(b))
	case 9:
		return float64(int32(d.order.Uint32(b)))
	case 5:
		return float64(d.order.Uint32(b)) / float64(d.order.Uint32(b[4:]))
	case 10:
		return float64(int32(d.order.Uint32(b))) / float64(int32(d.order.Uint32(b[4:])))
	case 11:
		return float64(math.Float32frombits(d.order.Uint32(b)))
	case 12:
		return math.Float64frombits(d.order.Uint64(b))
	}
	return float64(d.order.Uint64(b))
}

// number is the first value of a tag as a whole number from 0 to 2³¹ − 1.
func (d *directory) number(tag uint16, otherwise int) (int, error) {
	e := d.entries[tag]
	if e.count == 0 {
		return otherwise, nil
	}
	v := d.at(e, 0)
	if !(v >= 0 && v <= math.MaxInt32) {
		return 0, fmt.Errorf("the file is corrupt: tag %d is %g", tag, v)
	}
	return int(v), nil
}

// numbers are the values of a tag, at most so many.
func (d *directory) numbers(tag uint16, most uint64) []float64 {
	e := d.entries[tag]
	out := make([]float64, min(e.count, most))
	for i := range out {
		out[i] = d.at(e, uint64(i))
	}
	return out
}

// noData is the value of GDAL that stands for no data; NaN without one.
func (d *directory) noData() float64 {
	text := strings.Trim(string(d.entries[tagNoData].value), "\x00 \t\r\n")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}
