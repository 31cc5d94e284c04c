package imageio

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio/exif"
	"github.com/dino-go/dino/internal/data/stored"
)

// orientation returns the orientation that the metadata of a file state, 1 to 8; 1 where there is
// none or the metadata cannot be read. Exif counts before XMP.
func (f *format) orientation(data []byte) (found int) {
	if f.meta == nil {
		return 1
	}
	defer func() {
		if p := recover(); p != nil { // an offset beyond the end
			found = 1
		}
	}()
	return max(1, f.meta(data))
}

// either is the orientation of Exif, or else of XMP.
func either(inExif, inXMP int) int {
	if inExif != 0 {
		return inExif
	}
	return inXMP
}

const (
	exifMark = "Exif\x00\x00"
	xmpMark  = "http://ns.adobe.com/xap/1.0/\x00"
)

// orientationJPEG looks into the segments before the first scan.
func orientationJPEG(data []byte) int {
	const app1, scan, end = 0xe1, 0xda, 0xd9
	inExif, inXMP := 0, 0
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			at++
			continue
		}
		marker := data[at+1]
		if marker == 0xff || marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8 {
			at++
			continue
		}
		if marker == scan || marker == end {
			break
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		segment := data[min(at+4, len(data)):min(at+2+length, len(data))]
		if marker == app1 {
			if bytes.HasPrefix(segment, []byte(exifMark)) && inExif == 0 {
				inExif = exif.Orientation(segment)
			}
			if bytes.HasPrefix(segment, []byte(xmpMark)) {
				inXMP = exif.OfXMP(segment)
			}
		}
		at += 2 + length
	}
	return either(inExif, inXMP)
}

// orientationPNG looks into the chunks of metadata, which may stand behind the pixels, also in the
// form in which ImageMagick keeps Exif in a text.
func orientationPNG(data []byte) int {
	inExif, inXMP := 0, 0
	for at := 8; at+8 <= len(data); {
		length, kind := int(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if length < 0 || at+8+length > len(data) {
			break
		}
		body := data[at+8 : at+8+length]
		switch kind {
		case "eXIf":
			inExif = exif.Orientation(body)
		case "iTXt":
			if bytes.HasPrefix(body, []byte("XML:com.adobe.xmp\x00")) {
				inXMP = exif.OfXMP(body)
			}
		case "zTXt", "tEXt":
			if inExif == 0 {
				inExif = exif.Orientation(rawProfile(body, kind == "zTXt"))
			}
		}
		at += 12 + length
	}
	return either(inExif, inXMP)
}

// rawProfile is the Exif data of a text chunk "Raw profile type exif": a name, a length, and
// hexadecimal digits on lines.
func rawProfile(body []byte, packed bool) []byte {
	text, ok := bytes.CutPrefix(body, []byte("Raw profile type exif\x00"))
	if !ok {
		return nil
	}
	const most = 1 << 18
	if packed && len(text) > 1 {
		r, err := zlib.NewReader(bytes.NewReader(text[1:]))
		if err != nil {
			return nil
		}
		text, _ = io.ReadAll(io.LimitReader(r, most)) // what there is
	}
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return nil
	}
	digits := bytes.Join(fields[2:], nil)
	out := make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits[:2*len(out)])
	return out[:n]
}

// orientationWebP looks into the chunks; each begins at an even place.
func orientationWebP(data []byte) int {
	inExif, inXMP := 0, 0
	for at := 12; at+8 <= len(data); {
		length := int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8 : min(at+8+length, len(data))]
		switch string(data[at : at+4]) {
		case "EXIF":
			inExif = exif.Orientation(body)
		case "XMP ":
			inXMP = exif.OfXMP(body)
		}
		at += 8 + length + length&1
	}
	return either(inExif, inXMP)
}

// upright turns and mirrors a picture so that it is displayed as an orientation asks for:
//
//	1 as it is       2 mirrored left to right
//	3 turned by 180° 4 mirrored top to bottom
//	5 transposed     6 turned clockwise by 90°
//	7 transposed along the other diagonal
//	8 turned counterclockwise by 90°
func upright(p stored.Picture, orientation int) stored.Picture {
	if orientation == 1 {
		return p
	}
	w, h := sizeOf(p)
	width, height := w, h
	if orientation >= 5 {
		width, height = h, w
	}
	from := func(x, y int) (sx, sy int) { return source(orientation, x, y, w, h) }
	if p.Deep != nil {
		return stored.Picture{Deep: p.Deep.Upright(width, height, from)}
	}
	out := augment.NewImage(width, height)
	for y := range height {
		for x := range width {
			sx, sy := from(x, y)
			copy(out.Pix[3*(y*width+x):][:3], p.RGB.Pix[3*(sy*w+sx):][:3])
		}
	}
	var alpha []uint8
	if p.Alpha != nil {
		alpha = make([]uint8, 0, len(p.Alpha))
		for y := range height {
			for x := range width {
				sx, sy := from(x, y)
				alpha = append(alpha, p.Alpha[sy*w+sx])
			}
		}
	}
	return stored.Picture{RGB: out, Alpha: alpha}
}

// source returns the stored pixel, in an image of w × h, that is displayed at
// column x and row y.
func source(orientation, x, y, w, h int) (sx, sy int) {
	if orientation >= 5 {
		x, y = y, x
	}
	switch orientation {
	case 2, 8:
		return w - 1 - x, y
	case 3, 7:
		return w - 1 - x, h - 1 - y
	case 4, 6:
		return x, h - 1 - y
	default: // 1, 5
		return x, y
	}
}
