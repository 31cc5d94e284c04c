package survey

import (
	"fmt"
	"strings"

	"github.com/dino-go/dino/internal/data/folder"
)

// repeats are images that are there more than once.
func (s *Survey) repeats(Rules) []Finding {
	var all []Finding
	d := &s.Duplicates
	if n := Extra(d.Identical); n > 0 {
		all = append(all, Finding{
			Kind: "identical", Severity: Warning, Count: n,
			What: fmt.Sprintf("%s byte for byte a copy of another (in %s)%s", plural(n, "file is", "files are"),
				plural(len(d.Identical), "group", "groups"), s.ofSample()),
			Advice:   "remove the copies: what is there twice is learned twice as often",
			Examples: s.groups(d.Identical),
		})
	}
	if n := Extra(d.Near); n > 0 {
		f := Finding{
			Kind: "near-identical", Severity: Warning, Count: n,
			What: fmt.Sprintf("%s nearly the same as another (in %s)%s", plural(n, "image is", "images are"),
				plural(len(d.Near), "group", "groups"), s.ofSample()),
			Advice: "keep one of each group: series, thumbnails and converted copies are learned more " +
				"often than others",
			Examples: s.groups(d.Near),
		}
		if d.CutOff {
			f.What += "; the search was ended, there are more"
		}
		all = append(all, f)
	}
	return append(all, s.across()...)
}

// ofSample reminds that in a sample most pairs are not seen.
func (s *Survey) ofSample() string {
	if s.Whole() {
		return ""
	}
	return fmt.Sprintf("; of the whole folder there are more, since only %d of %d images were looked at",
		len(s.Images), s.Index.Len())
}

// groups shows some images of the first groups.
func (s *Survey) groups(groups [][]int) []Example {
	const each = 3
	var shown []Example
	for number, g := range groups[:min(len(groups), maxShown/2)] {
		for k, i := range g[:min(len(g), each)] {
			e := Example{Path: s.Path(&s.Images[i]), Detail: size(&s.Images[i]), Group: number + 1}
			if k == each-1 && len(g) > each {
				e.Detail += fmt.Sprintf(", and %d more", len(g)-each)
			}
			shown = append(shown, e)
		}
	}
	return shown
}

// across are groups of copies that lie in several classes, or in several splits.
func (s *Survey) across() []Finding {
	d := &s.Duplicates
	var crossing [][]int
	splits := false
	for _, groups := range [][][]int{d.Identical, d.Near} {
		for _, g := range groups {
			first, _, nested := strings.Cut(s.Path(&s.Images[g[0]]), "/")
			for _, i := range g[1:] {
				other, _, _ := strings.Cut(s.Path(&s.Images[i]), "/")
				both := folder.IsSplit(first) && folder.IsSplit(other)
				if nested && other != first && (s.Index.Labelled() || both) {
					crossing = append(crossing, g)
					splits = splits || both
					break
				}
			}
		}
	}
	if len(crossing) == 0 {
		return nil
	}
	f := Finding{
		Kind: "across-classes", Severity: Warning, Count: len(crossing),
		What: plural(len(crossing), "group of copies lies", "groups of copies lie") + " in more than one class folder",
		Advice: "decide which class they belong to: the k-NN score counts one of them as wrong. Training does not " +
			"look at classes",
		Examples: s.groups(crossing),
	}
	if splits {
		f.Kind, f.What = "across-splits", plural(len(crossing), "group of copies lies", "groups of copies lie")+
			" both in the training and in the test data"
		f.Advice = "remove them from one side: what is measured on images that were trained on is too good"
	}
	return []Finding{f}
}
