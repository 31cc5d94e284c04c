package survey

import (
	"fmt"
	"slices"
)

// Severities of a finding, the worst first.
const (
	Stop    = "stop"    // a training is refused, fails, or has nothing to learn from
	Warning = "warning" // it learns less than it could, or something else than is meant
	Note    = "note"    // good to know
)

// Finding is one fault of a folder, or one thing to know about it.
type Finding struct {
	Kind     string // a word: see docs/check.md
	Severity string
	Count    int    // images or files that have it
	What     string // a sentence
	Advice   string // what to do
	Examples []Example
}

// Example is one image or file that has a fault.
type Example struct {
	Path   string // relative to the folder, with forward slashes
	Detail string // of this one; may be empty
	Group  int    // of those that belong together, from 1; 0 where they stand alone
}

// maxShown is how many examples a finding has.
const maxShown = 8

// Thresholds of findings. docs/check.md gives their reasons.
const (
	// FewLevels is the number of grey levels below which an image is nearly without content.
	FewLevels = 32
	// Darkest is the level that 99 of 100 pixels of an image read black do not reach.
	Darkest = 16
	// NearlyConstant is the contrast below which an image shows nothing.
	NearlyConstant = 2
	// TinySide is the shorter side, in pixels, below which an image is smaller than the smallest
	// crop.
	TinySide = 32
	// ExtremeAspect is the longer side over the shorter from which on crops see a part only.
	ExtremeAspect = 4
	// FewImages is the number below which a network that starts from random values learns little.
	FewImages = 1000
	// NothingToLearn is the share of constant or black images from which on there is no use in a
	// training.
	NothingToLearn = 0.9
	// Unbalanced is the largest class over the smallest from which on a folder's classes are called
	// uneven.
	Unbalanced = 50
)

// Rules are what the folder will be used with.
type Rules struct {
	MaxBadShare float64 // of images that may be bad before a training ends
	SmallestRun int     // fewest images that a training takes
	Crop        int     // pixels of a global crop's side; 0 where it is not known
}

// tinySide is the shorter side below which an image is tiny: smaller than any crop would be.
func (r Rules) tinySide() int {
	if r.Crop > 0 {
		return min(TinySide, r.Crop)
	}
	return TinySide
}

// Findings are the faults of the folder, the worst first.
func (s *Survey) Findings(r Rules) []Finding {
	var all []Finding
	for _, find := range []func(Rules) []Finding{
		s.missing, s.refused, s.unreadables, s.bads, s.few, // files
		s.constants, s.blacks, s.fewLevels, s.tiny, s.extreme, s.frames, s.transparent, // pixels
		s.repeats, s.labels, s.ignored, s.skipped,
	} {
		all = append(all, find(r)...)
	}
	rank := []string{Stop, Warning, Note}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return slices.Index(rank, a.Severity) - slices.Index(rank, b.Severity)
	})
	return all
}

// OfPixels are the faults of pixels among the images, without notes: what can be said of a few
// images of a folder. Of those that show nothing it says nothing where bare is set, and of copies
// where repeated is: somebody else has said it.
func (s *Survey) OfPixels(r Rules, bare, repeated bool) []Finding {
	var all []Finding
	if !bare {
		all = append(s.constants(r), s.blacks(r)...)
	}
	for _, find := range []func(Rules) []Finding{s.fewLevels, s.tiny, s.extreme} {
		all = append(all, find(r)...)
	}
	if !repeated {
		all = append(all, s.repeats(r)...)
	}
	return all
}

// Bare is how many images show nothing: they are constant, or read black.
func (s *Survey) Bare() int {
	return len(s.decodedThat(func(m *Image) bool { return constant(m) || black(m) }))
}

// Distinct is how many images are left where one of each group of copies is.
func (s *Survey) Distinct() int {
	return s.decoded - Extra(s.Duplicates.Identical) - Extra(s.Duplicates.Near)
}

// examples are the first of some images, with a detail of each.
func (s *Survey) examples(of []*Image, detail func(m *Image) string) []Example {
	shown := make([]Example, 0, maxShown)
	for _, m := range of[:min(len(of), maxShown)] {
		shown = append(shown, Example{Path: s.Path(m), Detail: detail(m)})
	}
	return shown
}

// those are the images that a test picks.
func (s *Survey) those(pick func(m *Image) bool) []*Image {
	var picked []*Image
	for i := range s.Images {
		if m := &s.Images[i]; pick(m) {
			picked = append(picked, m)
		}
	}
	return picked
}

// decodedThat are the images that can be decoded and that a test picks.
func (s *Survey) decodedThat(pick func(m *Image) bool) []*Image {
	return s.those(func(m *Image) bool { return m.Decoded() && pick(m) })
}

// plural is a number with a noun: "1 image is", "3 images are".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// images is a number of images.
func images(n int) string { return plural(n, "image", "images") }

// size is width × height.
func size(m *Image) string { return fmt.Sprintf("%d × %d", m.Width, m.Height) }
