// Package exif finds the orientation of an image in its metadata, whatever is damaged beside it.
//
// Tests: known answer, bad input, fuzz.
package exif

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// orientationTag is the tag of the orientation in a directory.
const orientationTag = 0x0112

// Orientation returns the orientation, 1 to 8, of Exif data: a TIFF structure, behind the mark
// "Exif\0\0" or bare. It is 0 where there is none.
func Orientation(data []byte) int {
	data = bytes.TrimPrefix(data, []byte("Exif\x00\x00"))
	if len(data) < 8 {
		return 0
	}
	var order binary.ByteOrder
	switch string(data[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return 0
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == orientationTag {
			return number(order, entries)
		}
		entries = entries[12:]
	}
	return 0
}

// number is the value of an entry of one byte, short or long.
func number(order binary.ByteOrder, entry []byte) int {
	v := 0
	switch order.Uint16(entry[2:]) {
	case 1:
		v = int(entry[8])
	case 3:
		v = int(order.Uint16(entry[8:]))
	case 4, 9:
		v = int(order.Uint32(entry[8:]))
	}
	if v < 1 || v > 8 {
		return 0
	}
	return v
}

var inXMP = regexp.MustCompile(`tiff:Orientation(?:="|>)([1-8])["<]`)

// OfXMP returns the orientation that an XMP packet states, 0 where it does not.
func OfXMP(packet []byte) int {
	if found := inXMP.FindSubmatch(packet); found != nil {
		return int(found[1][0] - '0')
	}
	return 0
}
