package imageio

import (
	"encoding/binary"
	"errors"
)

// Tags of a TIFF directory that say what the image is.
const (
	tiffWidth        = 256
	tiffHeight       = 257
	tiffBits         = 258
	tiffPhotometric  = 262
	tiffSamples      = 277
	tiffExtraSamples = 338
	tiffSampleFormat = 339
)

// headerTIFF reads the first directory, and counts those behind it.
func headerTIFF(data []byte) (Header, error) {
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	first := int(order.Uint32(data[4:]))
	tags, next := directory(data, order, first)
	if tags[tiffWidth] == 0 || tags[tiffHeight] == 0 {
		return Header{}, errors.New("the first directory says no size")
	}
	or := func(tag uint16, otherwise int) int {
		if v, ok := tags[tag]; ok {
			return v
		}
		return otherwise
	}
	h := Header{
		Width: tags[tiffWidth], Height: tags[tiffHeight],
		Bits: or(tiffBits, 1), Channels: or(tiffSamples, 1), Frames: 1,
	}
	switch or(tiffPhotometric, -1) {
	case 0, 1:
		h.Colour = Grey
	case 2, 6:
		h.Colour = RGB
	case 3:
		h.Colour = Palette
	case 5:
		h.Colour = CMYK
	default:
		h.Colour = Other
	}
	const associated, unassociated = 1, 2
	extra := tags[tiffExtraSamples]
	h.Alpha = extra == associated || extra == unassociated
	const signed, float = 2, 3
	h.Signed, h.Float = tags[tiffSampleFormat] == signed, tags[tiffSampleFormat] == float
	for seen := map[int]bool{first: true}; next != 0 && next+2 <= len(data) && !seen[next]; h.Frames++ {
		seen[next] = true // a chain may be a ring
		at := next + 2 + 12*int(order.Uint16(data[next:]))
		next = 0
		if at+4 <= len(data) {
			next = int(order.Uint32(data[at:]))
		}
	}
	return h, nil
}

// directory reads the tags of whole numbers of the directory at a place, of lists the first number,
// and says where the next directory is; 0 if there is none.
func directory(data []byte, order binary.ByteOrder, at int) (tags map[uint16]int, next int) {
	const short, long = 3, 4
	tags = map[uint16]int{}
	count := int(order.Uint16(data[at:]))
	for i := range count {
		entry := data[at+2+12*i:][:12]
		kind, numbers := order.Uint16(entry[2:]), order.Uint32(entry[4:])
		value := entry[8:]
		if kind == short && numbers > 2 || kind == long && numbers > 1 { // elsewhere
			value = data[order.Uint32(value):]
		}
		switch kind {
		case short:
			tags[order.Uint16(entry)] = int(order.Uint16(value))
		case long:
			tags[order.Uint16(entry)] = int(order.Uint32(value))
		}
	}
	if end := at + 2 + 12*count; end+4 <= len(data) {
		next = int(order.Uint32(data[end:]))
	}
	return tags, next
}
