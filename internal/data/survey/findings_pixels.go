package survey

import "fmt"

// share of images is worse than a warning where hardly any are left.
func (s *Survey) grave(n int) string {
	if float64(n) >= NothingToLearn*float64(s.decoded) {
		return Stop
	}
	return Warning
}

// constants are images that show nothing.
func (s *Survey) constants(Rules) []Finding {
	of := s.decodedThat(constant)
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "constant", Severity: s.grave(len(of)), Count: len(of),
		What: fmt.Sprintf("%s constant, or nearly: the values differ by less than %d of 255 (standard deviation)",
			plural(len(of), "image is", "images are"), NearlyConstant),
		Advice:   "remove them: all their crops are the same, which teaches the network that all images are",
		Examples: s.examples(of, func(m *Image) string { return fmt.Sprintf("contrast %.2g", m.Tone.Contrast) }),
	}}
}

func constant(m *Image) bool { return m.Tone.Contrast < NearlyConstant && !black(m) }

// black tells of an image of deep samples that uses only the lowest of them.
func black(m *Image) bool { return m.Header.Bits > 8 && m.Tone.High < Darkest }

// blacks are images of more than 8 bits that are read nearly black.
func (s *Survey) blacks(Rules) []Finding {
	of := s.decodedThat(black)
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "read-black", Severity: s.grave(len(of)), Count: len(of),
		What: fmt.Sprintf("%s more than 8 bits a sample, of which only the lowest part of the range is used, so that "+
			"the network gets them nearly black", plural(len(of), "image has", "images have")),
		Advice: "set data.range to auto, which measures the range, or to what the values span; a few dark images " +
			"among others need nothing",
		Examples: s.examples(of, func(m *Image) string {
			return fmt.Sprintf("%d bits, brightest %d of 255, %s", m.Header.Bits, m.Tone.High, levels(m))
		}),
	}}
}

// fewLevels are images that are left with few grey levels, for another reason.
func (s *Survey) fewLevels(Rules) []Finding {
	of := s.decodedThat(func(m *Image) bool { return m.Tone.Levels < FewLevels && !constant(m) && !black(m) })
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "few-levels", Severity: Warning, Count: len(of),
		What: fmt.Sprintf("%s fewer than %d grey levels", plural(len(of), "image has", "images have"), FewLevels),
		Advice: "drawings, masks and scans in black and white are so, and can be trained on; photographs that are so " +
			"were damaged by a conversion: go back to the originals, and leave masks out",
		Examples: s.examples(of, func(m *Image) string {
			return fmt.Sprintf("%s, stored as %s of %s", levels(m), m.Header.Colour,
				plural(m.Header.Bits, "bit", "bits"))
		}),
	}}
}

func levels(m *Image) string { return plural(m.Tone.Levels, "level", "levels") }

func (s *Survey) tiny(r Rules) []Finding {
	of := s.decodedThat(func(m *Image) bool { return m.Shorter() < r.tinySide() })
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "tiny", Severity: Warning, Count: len(of),
		What: fmt.Sprintf("%s a shorter side below %d pixels, the side of the smallest crop",
			plural(len(of), "image has",
				"images have"), r.tinySide()),
		Advice: "remove thumbnails and icons, or find the originals: what is enlarged shows the enlargement, and a " +
			"crop of few pixels says nothing",
		Examples: s.examples(of, size),
	}}
}

func (s *Survey) extreme(Rules) []Finding {
	of := s.decodedThat(func(m *Image) bool { return m.Aspect() > ExtremeAspect })
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "extreme-aspect", Severity: Warning, Count: len(of),
		What: fmt.Sprintf("%s more than %d times as long as wide", plural(len(of), "image is", "images are"),
			ExtremeAspect),
		Advice: "cut panoramas and strips into pieces: crops are about square, so that two crops of one have little " +
			"in common, and evaluation sees only the middle",
		Examples: s.examples(of, size),
	}}
}

// frames are files of which only the first image is read.
func (s *Survey) frames(Rules) []Finding {
	of := s.decodedThat(func(m *Image) bool { return m.Header.Frames > 1 })
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "several-images", Severity: Note, Count: len(of),
		What: fmt.Sprintf("%s several images (pages, frames), of which the first is used", plural(len(of), "file holds",
			"files hold")),
		Advice:   "take them apart if all are meant to be trained on",
		Examples: s.examples(of, func(m *Image) string { return fmt.Sprintf("%d or more", m.Header.Frames) }),
	}}
}

func (s *Survey) transparent(Rules) []Finding {
	of := s.decodedThat(func(m *Image) bool { return m.Header.Alpha })
	if len(of) == 0 {
		return nil
	}
	return []Finding{{
		Kind: "transparency", Severity: Note, Count: len(of),
		What: fmt.Sprintf("%s transparency, which is dropped: the colours beneath show", plural(len(of), "image has",
			"images have")),
		Advice:   "put cut-outs on a background if the colours beneath are garbage: look at the examples",
		Examples: s.examples(of, func(*Image) string { return "" }),
	}}
}
