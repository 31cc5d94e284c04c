package imageio

import (
	"encoding/binary"
	"errors"
	"image"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/stored"
)

var errFrames = errors.New("the file is truncated or corrupt: it says that it is animated and has no whole frame")

// firstFrame decodes the first frame of an animated file onto its canvas, which is black and
// transparent. width and height are the canvas.
func firstFrame(data []byte, width, height int) (stored.Picture, error) {
	const header = 16 // of a frame
	for at := 12; at+8 <= len(data); {
		length := int(binary.LittleEndian.Uint32(data[at+4:]))
		if string(data[at:at+4]) != "ANMF" {
			at += 8 + length + length&1
			continue
		}
		if length < header || at+8+length > len(data) {
			break
		}
		frame := data[at+8 : at+8+length]
		x, y := 2*uint24(frame), 2*uint24(frame[3:])
		w, h := 1+uint24(frame[6:]), 1+uint24(frame[9:])
		if x+w > width || y+h > height {
			return stored.Picture{}, errors.New("the file is corrupt: its first frame reaches beyond the canvas")
		}
		img, err := decodeStillWebP(stillWebP(frame[header:], w, h))
		if err != nil {
			return stored.Picture{}, err
		}
		if b := img.Bounds(); b.Dx() != w || b.Dy() != h {
			return stored.Picture{}, errors.New("the file is corrupt: its first frame has another size than it says")
		}
		return placed(img, x, y, width, height), nil
	}
	return stored.Picture{}, errFrames
}

// stillWebP is a file of the chunks of a frame.
func stillWebP(chunks []byte, width, height int) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	if begins(chunks, "ALPH") {
		w, h := width-1, height-1
		out = append(out, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		out = append(out, byte(w), byte(w>>8), byte(w>>16), byte(h), byte(h>>8), byte(h>>16))
	}
	out = append(out, chunks...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// placed puts an image onto a canvas.
func placed(img image.Image, x, y, width, height int) stored.Picture {
	small, alpha := toRGB(img), alphaOf(img)
	if small.Width == width && small.Height == height {
		return stored.Picture{RGB: small, Alpha: alpha}
	}
	out := stored.Picture{RGB: augment.NewImage(width, height), Alpha: make([]uint8, width*height)}
	for row := range small.Height {
		to := (y+row)*width + x
		copy(out.RGB.Pix[3*to:][:3*small.Width], small.Pix[3*row*small.Width:])
		for i := range small.Width {
			out.Alpha[to+i] = 255
			if alpha != nil {
				out.Alpha[to+i] = alpha[row*small.Width+i]
			}
		}
	}
	return out
}

// alphaOf is the alpha of an image; nil where all pixels are opaque.
func alphaOf(img image.Image) []uint8 {
	if m, ok := img.(*limitedRange); ok {
		if m.alpha == nil {
			return nil
		}
		img = m.alpha
	}
	b := img.Bounds()
	out := make([]uint8, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			_, _, _, a := img.At(x, y).RGBA()
			out = append(out, uint8(a>>8))
		}
	}
	return out
}
