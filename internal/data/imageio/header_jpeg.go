package imageio

import (
	"encoding/binary"
	"errors"

	"github.com/dino-go/dino/internal/data/imageio/jpeg"
)

// headerJPEG finds the first start of a frame, which says what the image is.
func headerJPEG(data []byte) (Header, error) {
	const dht, jpg, dac = 0xc4, 0xc8, 0xcc
	for at := 2; ; {
		for data[at] != 0xff {
			at++
		}
		for data[at] == 0xff { // any number may fill up
			at++
		}
		marker := data[at]
		at++
		switch {
		case marker >= 0xc0 && marker <= 0xcf && marker != dht && marker != jpg && marker != dac:
			h, err := frameJPEG(data[at:])
			if h.Height == 0 { // it stands behind the first scan
				h.Height = jpeg.Height(data)
			}
			return h, err
		case marker == 0xd9 || marker == 0xda:
			return Header{}, errors.New("the file has no header of an image")
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // without content
		default:
			at += int(binary.BigEndian.Uint16(data[at:]))
		}
	}
}

func frameJPEG(frame []byte) (Header, error) {
	h := Header{
		Bits: int(frame[2]), Height: int(binary.BigEndian.Uint16(frame[3:])),
		Width: int(binary.BigEndian.Uint16(frame[5:])), Channels: int(frame[7]),
	}
	switch h.Channels {
	case 1:
		h.Colour = Grey
	case 3:
		h.Colour = RGB
	case 4:
		h.Colour = CMYK
	default:
		return h, errors.New("the number of components is that of neither grey, colour nor CMYK")
	}
	return h, nil
}
