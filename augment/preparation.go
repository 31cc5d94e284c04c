package augment

import (
	"fmt"
	"math"
)

// Arithmetic names the program in whose arithmetic an image is prepared. They differ by a grey
// level in resizing, by a pixel where the margins of a crop are odd, and by the last bit in
// normalising.
type Arithmetic string

const (
	// OverPillow is that of torchvision's transforms over Pillow's images, which timm and Meta use.
	OverPillow Arithmetic = ""
	// OverTensors is that of transformers' image processors over torchvision's tensors of 8 bits,
	// its default from version 5 on.
	OverTensors Arithmetic = "torchvision"
	// OverFloats is the same over tensors that are rescaled first, as DINOv3ViTImageProcessor does.
	OverFloats Arithmetic = "torchvision_float"
	// OverArrays is that of transformers' image processors over Pillow and NumPy.
	OverArrays Arithmetic = "pil"
)

// Fit says how an image is resized.
type Fit string

const (
	// FitShorter makes the shorter side as long as the shorter side of the target, and keeps the
	// proportions.
	FitShorter Fit = ""
	// FitCover makes the image cover the target, whose sides differ, and keeps the proportions.
	FitCover Fit = "cover"
	// FitInside makes the image lie within the target, and keeps the proportions.
	FitInside Fit = "border"
	// FitSquash gives the image the height and width of the target.
	FitSquash Fit = "squash"
	// FitNone leaves the image as it is.
	FitNone Fit = "none"
)

// Preparation is how a network's evaluation makes pixels of an image: it is resized, the middle is
// cut out or surrounded by Fill, and x = Scale·v of a grey level v becomes (x − Mean)/Std.
type Preparation struct {
	Height, Width int    // of the result in pixels
	Target        [2]int // height and width that Fit resizes to
	Fit           Fit
	Interpolation Interpolation
	Arithmetic    Arithmetic
	Fill          [3]uint8
	Scale         float64 // 0 stands for 1/255
	Mean, Std     [3]float64
}

// Preparer does what a [Preparation] says, for any number of images and by several goroutines, each
// with a scratch of its own.
type Preparer struct {
	Preparation
	level [channels][256]float32 // pixels by grey level
}

// NewPreparer returns the preparer of a preparation. It panics if a deviation is 0.
func NewPreparer(p Preparation) *Preparer {
	out := &Preparer{Preparation: p}
	for c := range out.level {
		if p.Std[c] == 0 {
			panic(fmt.Sprintf("augment: the standard deviation of channel %d is 0", c))
		}
		for v := range out.level[c] {
			out.level[c][v] = p.normalized(c, v)
		}
	}
	return out
}

// normalized is the pixel of a grey level, each step rounded as the arithmetic rounds it.
func (p Preparation) normalized(c, v int) float32 {
	mean, std := float32(p.Mean[c]), float32(p.Std[c])
	switch {
	case p.Arithmetic == OverPillow && p.Scale == 0:
		return (float32(v)/255 - mean) / std
	case p.Arithmetic == OverTensors && p.Scale != 1 && !p.identity():
		inverse := float32(1 / p.scale())
		return (float32(v) - float32(mean*inverse)) / float32(std*inverse)
	case p.Arithmetic == OverArrays:
		return (float32(float64(v)*p.scale()) - mean) / std
	}
	return (float32(float32(v)*float32(p.scale())) - mean) / std
}

func (p Preparation) scale() float64 {
	if p.Scale == 0 {
		return 1.0 / 255
	}
	return p.Scale
}

// identity tells that nothing is normalised.
func (p Preparation) identity() bool { return p.Mean == [3]float64{} && p.Std == [3]float64{1, 1, 1} }

// Into writes the pixels [3, Height, Width] of an image to dst. It panics unless dst has as many
// elements.
func (p *Preparer) Into(dst []float32, img *Image, s *Scratch) {
	if len(dst) != channels*p.Height*p.Width {
		panic(fmt.Sprintf("augment: %d floats for %d×%d pixels, want %d", len(dst), p.Width, p.Height,
			channels*p.Height*p.Width))
	}
	if p.Arithmetic == OverFloats {
		p.floats(dst, img)
		return
	}
	ready := s.Apply(img, p.Preparation)
	size := p.Height * p.Width
	red, green, blue := dst[:size], dst[size:2*size], dst[2*size:]
	green, blue = green[:len(red)], blue[:len(red)]
	for i := range red {
		pix := ready.Pix[channels*i : channels*i+channels : channels*i+channels]
		red[i], green[i], blue[i] = p.level[0][pix[0]], p.level[1][pix[1]], p.level[2][pix[2]]
	}
}

// apply resizes and cuts, so that a Preparation is an operation.
func (p Preparation) apply(s *Scratch, src *Image) *Image {
	height, width := p.resized(src.Height, src.Width)
	top, left := p.offset(height, p.Height), p.offset(width, p.Width)
	window := Box{
		Top: max(top, 0), Left: max(left, 0),
		Height: min(p.Height, height), Width: min(p.Width, width),
	}
	var inner *Image
	switch {
	case p.Interpolation == Nearest:
		inner = s.nearest(src, width, height, window, p.Arithmetic)
	case p.Arithmetic == OverTensors && p.Interpolation.overTensors():
		inner = s.resampleTensor(src, width, height, window, p.Interpolation)
	case rowsFirst(src, width, height):
		inner = s.resampleRowsFirst(src, width, height, window, p.Interpolation)
	default:
		inner = s.resample(src, src.bounds(), width, height, window, p.Interpolation)
	}
	if window.Height == p.Height && window.Width == p.Width {
		return inner
	}
	return s.surround(inner, p.Width, p.Height, max(-top, 0), max(-left, 0), p.Fill)
}

// resized is the height and width after resizing.
func (p Preparation) resized(height, width int) (h, w int) {
	keep := func(ratio float64) (int, int) {
		round := func(side int) int { return max(1, int(math.RoundToEven(float64(side)/ratio))) }
		return round(height), round(width)
	}
	rows, columns := float64(height)/float64(p.Target[0]), float64(width)/float64(p.Target[1])
	switch p.Fit {
	case FitNone:
		return height, width
	case FitSquash:
		return p.Target[0], p.Target[1]
	case FitCover:
		return keep(min(rows, columns))
	case FitInside:
		return keep(max(rows, columns))
	}
	shorter := min(p.Target[0], p.Target[1])
	if width <= height {
		return shorter * height / width, shorter
	}
	return shorter, shorter * width / height
}

// offset is where part pixels in the middle of whole begin; it is negative where the whole begins
// within the part.
func (p Preparation) offset(whole, part int) int {
	switch {
	case p.Arithmetic == OverPillow:
		return centered(whole, part)
	case part <= whole:
		return (whole - part) / 2
	case p.Arithmetic == OverArrays:
		return -((part - whole + 1) / 2)
	}
	return -((part - whole) / 2)
}

// surround puts src into an image of a colour, at a row and a column.
func (s *Scratch) surround(src *Image, width, height, top, left int, fill [3]uint8) *Image {
	dst := s.other(src, width, height)
	for i := range width * height {
		copy(dst.Pix[channels*i:], fill[:])
	}
	for y := range src.Height {
		copy(dst.row(y + top)[channels*left:], src.row(y))
	}
	return dst
}
