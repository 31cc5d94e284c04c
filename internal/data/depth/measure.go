package depth

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
)

// Bounds of what is looked at: enough that a range is stable, and that a large folder does not keep
// a run waiting.
const (
	mostOpened   = 256     // files
	mostMeasured = 64      // images of them
	perImage     = 1 << 14 // values of a channel of an image
)

// shallow are the endings of formats whose samples never have more than 8 bits.
var shallow = []string{".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".dib", ".pbm"}

// Files are a data set.
type Files interface {
	Len() int
	Path(i int) string
}

// Paths are files by their paths.
type Paths []string

// Len returns their number.
func (p Paths) Len() int { return len(p) }

// Path returns one of them.
func (p Paths) Path(i int) string { return p[i] }

// Found is what was measured.
type Found struct {
	Range  stored.Range // zero where no image is deep
	Images int          // deep images that were measured
	Opened int          // files that were looked into
	Stacks int          // files of them that hold several pages
	Least  float64      // smallest value of the samples that were taken
	Most   float64      // largest
	Span   [2]float64   // of the type of the first of them
}

// String says what was found.
func (f Found) String() string {
	if f.Images == 0 {
		return fmt.Sprintf("no image of %d has more than 8 bits, a sign or a fraction", f.Opened)
	}
	return fmt.Sprintf("values from %s to %s become black and white: all but the lowest and the highest thousandth in "+
		"a sample of %d images, whose values are from %.6g to %.6g", lows(f.Range), highs(f.Range), f.Images, f.Least,
		f.Most)
}

func lows(r stored.Range) string  { return ends(r, 0) }
func highs(r stored.Range) string { return ends(r, 1) }

func ends(r stored.Range, which int) string {
	if r.Same() {
		return fmt.Sprintf("%.6g", r[0][which])
	}
	return fmt.Sprintf("(%.6g, %.6g, %.6g)", r[0][which], r[1][which], r[2][which])
}

// Range measures the range of values of the images that have more than 8 bits, a sign or a
// fraction, over a sample that is spread evenly over the files. Images that cannot be decoded do
// not count; a file that cannot be read is an error. The same files measure the same.
func Range(ctx context.Context, files Files, reading imageio.Reading, choice stored.Choice) (Found, error) {
	f := Found{Least: math.Inf(1), Most: math.Inf(-1)}
	var values [3][]float64
	channels := 1
	for _, i := range spread(deepNames(files), mostOpened) {
		if f.Images == mostMeasured {
			break
		}
		img, pages, err := deep(ctx, files.Path(i), reading)
		if err != nil {
			return f, err
		}
		f.Opened++
		if pages > 1 {
			f.Stacks++
		}
		if img == nil {
			continue
		}
		if f.Images == 0 {
			f.Span = img.Span
		}
		f.Images++
		channels = max(channels, img.Channels)
		for c := range values {
			values[c] = append(values[c], img.Sample(c, perImage)...)
		}
	}
	for c := range values {
		for _, v := range values[c] {
			f.Least, f.Most = min(f.Least, v), max(f.Most, v)
		}
	}
	f.Range = rangeOf(values, channels, choice)
	return f, nil
}

// rangeOf is that of the values of the channels, of each or of all together.
func rangeOf(values [3][]float64, channels int, choice stored.Choice) (r stored.Range) {
	if choice.Word == stored.Channels && channels > 1 {
		for c := range values {
			found, ok := stored.Quantiles(values[c])
			if !ok {
				return stored.Range{}
			}
			r[c] = found
		}
		return r
	}
	all := slices.Clone(values[0])
	if channels > 1 {
		all = slices.Concat(values[:]...)
	}
	found, ok := stored.Quantiles(all)
	if !ok {
		return stored.Range{}
	}
	return stored.Uniform(found[0], found[1])
}

// deepNames are the files that may be deep by their names.
func deepNames(files Files) []int {
	var may []int
	for i := range files.Len() {
		if !slices.Contains(shallow, strings.ToLower(path.Ext(files.Path(i)))) {
			may = append(may, i)
		}
	}
	return may
}

// spread takes at most n of some, evenly.
func spread(of []int, n int) []int {
	if len(of) <= n {
		return of
	}
	out := make([]int, n)
	for k := range out {
		out[k] = of[k*len(of)/n]
	}
	return out
}

// deep reads a file's samples, nil where they have 8 bits or fewer or cannot be decoded, and the
// number of its pages.
func deep(ctx context.Context, file string, reading imageio.Reading) (*stored.Image, int, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	data, err := imageio.ReadFile(file, reading.Limits)
	if imageio.Undecodable(err) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	h, err := imageio.ReadHeader(data)
	if err != nil || h.Bits <= 8 && !h.Float && !h.Signed {
		return nil, h.Frames, nil
	}
	img, err := reading.At(file).Deep(data)
	if err != nil {
		return nil, h.Frames, nil // a bad image, which whoever reads it for its pixels reports
	}
	return img, h.Frames, nil
}
