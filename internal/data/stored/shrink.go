package stored

import "github.com/dino-go/dino/augment"

// Shrinker makes an image smaller while its rows come in: each pixel is the mean of n × n. Only the
// small image is in memory.
type Shrinker struct {
	img   *augment.Image
	n     int
	width int      // of a row that comes in
	sums  []uint32 // of the rows of a pixel
	rows  int      // that are in the sums
	y     int      // of the next row of the image
}

// NewShrinker begins an image of width × height pixels, which becomes n times smaller in both
// directions, rounded up.
func NewShrinker(width, height, n int) *Shrinker {
	small := augment.NewImage((width+n-1)/n, (height+n-1)/n)
	s := &Shrinker{img: small, n: n, width: width}
	if n > 1 {
		s.sums = make([]uint32, 3*small.Width)
	}
	return s
}

// Row returns where the next row may be written, if that is the image itself; else nil.
func (s *Shrinker) Row() []uint8 {
	if s.n > 1 {
		return nil
	}
	return s.img.Pix[3*s.width*s.y:][:3*s.width]
}

// Add takes the next row, red, green and blue next to each other.
func (s *Shrinker) Add(row []uint8) {
	if s.n == 1 {
		copy(s.Row(), row)
		s.y++
		return
	}
	for x := range s.width {
		to := s.sums[3*(x/s.n):]
		to[0], to[1], to[2] = to[0]+uint32(row[3*x]), to[1]+uint32(row[3*x+1]), to[2]+uint32(row[3*x+2])
	}
	if s.rows++; s.rows == s.n {
		s.flush()
	}
}

// flush writes the means of the rows that came in.
func (s *Shrinker) flush() {
	out := s.img.Pix[3*s.img.Width*s.y:][:3*s.img.Width]
	for i := range out {
		count := uint32(s.rows * min(s.n, s.width-i/3*s.n))
		out[i] = uint8((s.sums[i] + count/2) / count)
	}
	clear(s.sums)
	s.rows = 0
	s.y++
}

// Image returns the image behind its last row.
func (s *Shrinker) Image() *augment.Image {
	if s.rows > 0 {
		s.flush()
	}
	return s.img
}
