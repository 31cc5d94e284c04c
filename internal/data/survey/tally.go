package survey

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Count is how many images have something.
type Count struct {
	Name   string
	Images int
}

// Formats counts the images by format, as their contents say, the most frequent first.
func (s *Survey) Formats() []Count {
	return s.counts(func(m *Image) string { return cmp.Or(m.Header.Format, "unknown") }, s.those(readable))
}

func readable(m *Image) bool { return m.Unreadable == "" }

// Samples are how pixels are stored.
type Samples struct {
	Colour   string // as in imageio.Header
	Channels int
	Bits     int
	Alpha    bool
	Images   int
}

// Stored counts the images by colour, channels and depth, as stored, the most frequent first.
func (s *Survey) Stored() []Samples {
	counts := map[Samples]int{}
	for _, m := range s.those(func(m *Image) bool { return m.Header.Format != "" }) {
		counts[Samples{
			Colour: m.Header.Colour, Channels: m.Header.Channels, Bits: m.Header.Bits,
			Alpha: m.Header.Alpha,
		}]++
	}
	all := slices.Collect(maps.Keys(counts))
	for i := range all {
		all[i].Images = counts[all[i]]
	}
	slices.SortFunc(all, func(a, b Samples) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Colour, b.Colour), cmp.Compare(a.Bits, b.Bits),
			cmp.Compare(a.Channels, b.Channels))
	})
	return all
}

func (s *Survey) counts(name func(m *Image) string, of []*Image) []Count {
	counts := map[string]int{}
	for _, m := range of {
		counts[name(m)]++
	}
	var all []Count
	for name, n := range counts {
		all = append(all, Count{name, n})
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Size is that of an image in pixels.
type Size struct{ Width, Height int }

// Bucket counts images whose shorter side is from From to below Below, in pixels; Below is 0 in the
// last.
type Bucket struct{ From, Below, Images int }

// Sizes are those of the images that can be decoded.
type Sizes struct {
	Smallest, Median, Largest Size // by number of pixels
	ShorterSide               int  // median of the shorter sides
	Buckets                   []Bucket
}

// edges are where the buckets of shorter sides begin.
var edges = []int{1, 32, 64, 128, 224, 448, 896, 1792, 3584}

// Sizes measures the images; all is 0 where none can be decoded.
func (s *Survey) Sizes() Sizes {
	var out Sizes
	for i, edge := range edges {
		out.Buckets = append(out.Buckets, Bucket{From: edge})
		if i > 0 {
			out.Buckets[i-1].Below = edge
		}
	}
	of := s.decodedThat(func(*Image) bool { return true })
	if len(of) == 0 {
		return out
	}
	shorter := make([]int, len(of))
	for i, m := range of {
		shorter[i] = m.Shorter()
		b, found := slices.BinarySearch(edges, m.Shorter())
		if !found {
			b--
		}
		out.Buckets[b].Images++
	}
	slices.Sort(shorter)
	out.ShorterSide = shorter[len(shorter)/2]
	slices.SortStableFunc(of, func(a, b *Image) int { return cmp.Compare(a.Width*a.Height, b.Width*b.Height) })
	at := func(i int) Size { return Size{of[i].Width, of[i].Height} }
	out.Smallest, out.Median, out.Largest = at(0), at(len(of)/2), at(len(of)-1)
	return out
}

// Bytes is the size of all files of the folder.
func (s *Survey) Bytes() int64 {
	var sum int64
	for _, f := range s.Index.Files {
		sum += f.Size
	}
	return sum
}

// PerSecond is how many images were looked at in a second.
func (s *Survey) PerSecond() float64 {
	return float64(len(s.Images)) / math.Max(s.Took.Seconds(), 1e-3)
}
