package imageio

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"

	"github.com/dino-go/dino/augment"
)

// adobeCMYK is an APP14 segment that says: four components are inks, as they are.
const adobeCMYK = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

// decodeJPEG decodes a JPEG file. The standard decoder refuses four components
// without an Adobe segment; they are CMYK that is not inverted.
func decodeJPEG(data []byte) (image.Image, error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	var unsupported jpeg.UnsupportedError
	if !errors.As(err, &unsupported) {
		return img, err
	}
	marked := append(append([]byte{}, data[:2]...), adobeCMYK...)
	again, errAgain := jpeg.Decode(bytes.NewReader(append(marked, data[2:]...)))
	cmyk, ok := again.(*image.CMYK)
	if errAgain != nil || !ok {
		return nil, err
	}
	for i, v := range cmyk.Pix {
		cmyk.Pix[i] = 255 - v
	}
	return cmyk, nil
}

// The weights of the colour differences in units of 2^−16.
const (
	redOfCr   = 91881  // 1.402
	greenOfCb = -22554 // −0.34414
	greenOfCr = -46802 // −0.71414
	blueOfCb  = 116130 // 1.772
)

// jpegToRGB converts full-range YCbCr as libjpeg does:
//
//	R = Y + 1.402·Cr', G = Y − 0.34414·Cb' − 0.71414·Cr', B = Y + 1.772·Cb'
//
// with Cb' = Cb − 128, Cr' = Cr − 128, after enlarging the colour planes.
func jpegToRGB(dst *augment.Image, m *image.YCbCr) {
	n := dst.Width
	colours := newChroma(m)
	for y := range dst.Height {
		cb, cr := colours.row(y)
		fullRange(dst.Pix[3*n*y:][:3*n], m.Y[y*m.YStride:][:n], cb[:n], cr[:n])
	}
}

// fullRange converts one row.
func fullRange(dst, luma, cb, cr []uint8) {
	for x := fullRangeVector(dst, luma, cb, cr); x < len(luma); x++ {
		l, b, r := int32(luma[x]), int32(cb[x])-128, int32(cr[x])-128
		p := dst[3*x : 3*x+3 : 3*x+3]
		p[0] = clamp(l + (redOfCr*r+1<<15)>>16)
		p[1] = clamp(l + (greenOfCb*b+greenOfCr*r+1<<15)>>16)
		p[2] = clamp(l + (blueOfCb*b+1<<15)>>16)
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
