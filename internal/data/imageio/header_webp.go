package imageio

import (
	"encoding/binary"
	"errors"
)

// headerWebP reads the first chunk: that of a lossy or lossless image, or of an extended file.
func headerWebP(data []byte) (Header, error) {
	h := Header{Colour: RGB, Channels: 3, Bits: 8}
	const alpha, animation = 0x10, 0x02
	chunk := data[20:]
	switch string(data[12:16]) {
	case "VP8X":
		h.Width, h.Height = 1+uint24(chunk[4:]), 1+uint24(chunk[7:])
		h.Alpha = chunk[0]&alpha != 0
		if chunk[0]&animation != 0 {
			h.Frames = 2 // or more
		}
	case "VP8L":
		if chunk[0] != 0x2f {
			return h, errors.New("the lossless image has no signature")
		}
		bits := binary.LittleEndian.Uint32(chunk[1:])
		h.Width, h.Height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
		h.Alpha = bits>>28&1 != 0
	default:
		if chunk[3] != 0x9d || chunk[4] != 0x01 || chunk[5] != 0x2a {
			return h, errors.New("the lossy image has no signature")
		}
		h.Width = int(binary.LittleEndian.Uint16(chunk[6:]) & 0x3fff)
		h.Height = int(binary.LittleEndian.Uint16(chunk[8:]) & 0x3fff)
	}
	if h.Alpha {
		h.Channels = 4
	}
	return h, nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
