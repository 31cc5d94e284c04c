package jpeg

// upsampler brings a plane of samples to the size of the picture, row by row, as libjpeg does:
// planes of half the width or height are interpolated with a triangle filter, ¾ of the nearer
// sample and ¼ of the next one. Other ratios, and planes of one or two columns that are halved in
// width, repeat samples.
type upsampler struct {
	plane         []uint8
	stride        int
	width, height int // of the plane
	h, v          int // how many times larger the picture is
	out           []uint8
	sums          []uint16 // a row to be doubled, its ends repeated once
}

// newUpsampler prepares for rows of so many pixels.
func newUpsampler(plane []uint8, stride, width, height, h, v, pixels int) *upsampler {
	u := &upsampler{plane: plane, stride: stride, width: width, height: height, h: h, v: v}
	if h > 1 || v > 1 {
		u.out, u.sums = make([]uint8, max(pixels, h*width)), make([]uint16, width+2)
	}
	return u
}

// row returns row y of the picture, valid until the next call.
func (u *upsampler) row(y int) []uint8 {
	switch {
	case u.h == 1 && u.v == 1:
		return u.plane[y*u.stride:][:u.width]
	case u.h == 1 && u.v == 2:
		near, next := u.rows(y)
		for x, v := range near {
			// Rounded down in even rows and up in odd ones.
			u.out[x] = uint8((3*int32(v) + int32(next[x]) + 1 + int32(y&1)) >> 2)
		}
	case u.h == 2 && u.v == 1 && u.width > 2:
		for x, v := range u.plane[y*u.stride:][:u.width] {
			u.sums[x+1] = uint16(v)
		}
		u.double(1, 2, 2)
	case u.h == 2 && u.v == 2 && u.width > 2:
		near, next := u.rows(y)
		mix(u.sums[1:], near, next)
		u.double(8, 7, 4)
	default:
		from := u.plane[min(y/u.v, u.height-1)*u.stride:][:u.width]
		for x := range u.out {
			u.out[x] = from[min(x/u.h, u.width-1)]
		}
	}
	return u.out
}

// rows returns the row of the plane that is nearest to row y of the picture, twice as high, and the
// nearest one on the other side, both the same at the border.
func (u *upsampler) rows(y int) (near, next []uint8) {
	i := y / 2
	j := min(i+1, u.height-1)
	if y%2 == 0 {
		j = max(i-1, 0)
	}
	return u.plane[i*u.stride:][:u.width], u.plane[j*u.stride:][:u.width]
}

// mix writes 3·near + next.
func mix(dst []uint16, near, next []uint8) {
	for x := mixVector(dst, near, next); x < len(near); x++ {
		dst[x] = 3*uint16(near[x]) + uint16(next[x])
	}
}

// double repeats the ends of u.sums and spreads them over u.out.
func (u *upsampler) double(left, right uint16, shift uint) {
	u.sums[0], u.sums[u.width+1] = u.sums[1], u.sums[u.width]
	spread(u.out, u.sums, left, right, shift)
}

// spread doubles the row of samples between the first and the last element:
// (3·near + next + bias) >> shift, with a bias for the left and one for the right
// half of each sample.
func spread(dst []uint8, src []uint16, left, right uint16, shift uint) {
	for x := spreadVector(dst, src, left, right, shift); x+2 < len(src); x++ {
		near := 3 * src[x+1]
		dst[2*x] = uint8((near + src[x] + left) >> shift)
		dst[2*x+1] = uint8((near + src[x+2] + right) >> shift)
	}
}
