package imageio

import (
	"bytes"
	"image"

	"golang.org/x/image/webp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/stored"
)

// limitedRange marks the YCbCr of a lossy WebP file, whose luma is 16 … 235
// rather than 0 … 255.
type limitedRange struct {
	*image.YCbCr
	alpha *image.NYCbCrA // with its alpha; nil without
}

// decodeWebP decodes a still file, or the first frame of an animated one.
func decodeWebP(data []byte, r Reading) (stored.Picture, error) {
	const extended, animation = 12, 0x02
	if begins(data[extended:], "VP8X") && len(data) > 20 && data[20]&animation != 0 {
		h, err := headerWebP(data)
		if err != nil {
			return stored.Picture{}, err
		}
		return firstFrame(data, h.Width, h.Height)
	}
	img, err := decodeStillWebP(data)
	if err != nil {
		return stored.Picture{}, err
	}
	p := stored.Picture{RGB: toRGB(img)}
	if r.Background.Set {
		p.Alpha = alphaOf(img)
	}
	return p, nil
}

func decodeStillWebP(data []byte) (image.Image, error) {
	img, err := webp.Decode(bytes.NewReader(data))
	switch m := img.(type) {
	case *image.YCbCr:
		return &limitedRange{m, nil}, err
	case *image.NYCbCrA:
		return &limitedRange{&m.YCbCr, m}, err
	}
	return img, err
}

// webpToRGB converts the YCbCr of VP8, ITU-R 601 in limited range, with
// libwebp's fixed-point arithmetic; the result has six bits of fraction:
//
//	R = 1.164·(Y − 16) + 1.596·Cr', G = 1.164·(Y − 16) − 0.392·Cb' − 0.813·Cr', B = 1.164·(Y − 16) + 2.017·Cb'
func webpToRGB(dst *augment.Image, m *image.YCbCr) {
	n := dst.Width
	width, height := (n+1)/2, (dst.Height+1)/2
	cb, cr := make([]uint8, n), make([]uint8, n)
	for y := range dst.Height {
		i, j := nearest(y, height)
		enlargeVP8(cb, m.Cb[i*m.CStride:][:width], m.Cb[j*m.CStride:][:width])
		enlargeVP8(cr, m.Cr[i*m.CStride:][:width], m.Cr[j*m.CStride:][:width])
		out := dst.Pix[3*n*y:][:3*n]
		for x, l := range m.Y[y*m.YStride:][:n] {
			base, b, r := scaled(l, 19077), cb[x], cr[x]
			out[3*x] = clamp((base + scaled(r, 26149) - 14234) >> 6)
			out[3*x+1] = clamp((base - scaled(b, 6419) - scaled(r, 13320) + 8708) >> 6)
			out[3*x+2] = clamp((base + scaled(b, 33050) - 17685) >> 6)
		}
	}
}

func scaled(v uint8, coefficient int32) int32 { return int32(v) * coefficient >> 8 }

// enlargeVP8 doubles a row of a colour plane with the triangle filter
// (9·near + 3·(next in the row) + 3·(next row) + diagonal)/16, rounded in two
// steps as libwebp does; near and next are the rows on both sides.
func enlargeVP8(dst, near, next []uint8) {
	for x := range dst {
		i, j := nearest(x, len(near))
		a, b, c, d := int32(near[i]), int32(near[j]), int32(next[i]), int32(next[j])
		if i == j {
			dst[x] = uint8((3*a + c + 2) >> 2)
			continue
		}
		dst[x] = uint8(((a+3*b+3*c+d+8)>>3 + a) >> 1)
	}
}

// nearest returns the samples on both sides of position i of a line twice as
// long as the n samples, the nearer one first.
func nearest(i, n int) (near, next int) {
	near = i / 2
	if i%2 == 0 {
		return near, max(near-1, 0)
	}
	return near, min(near+1, n-1)
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
