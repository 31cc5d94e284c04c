package survey

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/data/imageio"
)

func (s *Survey) missing(Rules) []Finding {
	if s.Index.Len() > 0 {
		return nil
	}
	return []Finding{{
		Kind: "no-images", Severity: Stop,
		What:   fmt.Sprintf("no file below the folder ends in %s", strings.Join(imageio.Extensions, " ")),
		Advice: "check the path, unpack archives, or convert the images to JPEG or PNG",
	}}
}

// refused are what a training stops at while it lists the folder.
func (s *Survey) refused(Rules) []Finding {
	n := len(s.Index.Refused)
	if n == 0 {
		return nil
	}
	f := Finding{
		Kind: "refused", Severity: Stop, Count: n,
		What:   plural(n, "entry", "entries") + " of the folder cannot be an image or cannot be listed",
		Advice: "remove broken links and what is no file, and make folders readable: a training refuses the folder",
	}
	for _, r := range s.Index.Refused[:min(n, maxShown)] {
		f.Examples = append(f.Examples, Example{Path: r.Path, Detail: r.Err.Error()})
	}
	return []Finding{f}
}

func (s *Survey) unreadables(Rules) []Finding {
	of := s.those(func(m *Image) bool { return m.Unreadable != "" })
	if len(of) == 0 {
		return nil
	}
	f := Finding{
		Kind: "unreadable", Severity: Stop, Count: len(of),
		What:     plural(len(of), "file", "files") + " cannot be read",
		Advice:   "make them readable, bring them back or repair the disk: a training ends at the first of them",
		Examples: s.examples(of, func(m *Image) string { return m.Unreadable }),
	}
	if s.GaveUp {
		f.What += "; the check went no further"
	}
	return []Finding{f}
}

// bads are images that are no images, by reason.
func (s *Survey) bads(r Rules) []Finding {
	of := s.those(func(m *Image) bool { return m.Bad != "" })
	if len(of) == 0 {
		return nil
	}
	share := float64(len(of)) / float64(len(s.Images))
	f := Finding{
		Kind: "bad", Severity: Warning, Count: len(of),
		What: fmt.Sprintf("%s cannot be decoded (%.3g %%): %s", images(len(of)), 100*share, reasons(of)),
		Advice: "copy truncated files again, and convert kinds that are not supported to JPEG or PNG; a training " +
			"replaces them by others and lists them",
		Examples: s.examples(of, func(m *Image) string { return m.Bad }),
	}
	if share > r.MaxBadShare {
		f.Severity = Stop
		f.Advice = fmt.Sprintf("copy truncated files again, convert kinds that are not supported to JPEG or PNG, or "+
			"remove them: a training ends when more than %.3g %% are bad (data.max_bad_share)", 100*r.MaxBadShare)
	}
	return []Finding{f}
}

// reasons lists why images are bad, the most frequent first, at most four.
func reasons(of []*Image) string {
	counts := map[string]int{}
	for _, m := range of {
		counts[m.Bad]++
	}
	sorted := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, reason := range sorted[:min(4, len(sorted))] {
		parts = append(parts, fmt.Sprintf("%d %s", counts[reason], reason))
	}
	if len(sorted) > len(parts) {
		parts = append(parts, "other reasons")
	}
	return strings.Join(parts, "; ")
}

// few says that there are fewer images than a training needs.
func (s *Survey) few(r Rules) []Finding {
	n := s.Index.Len() - s.bad
	switch {
	case s.Index.Len() == 0:
		return nil
	case n < r.SmallestRun:
		return []Finding{{
			Kind: "few", Severity: Stop, Count: n,
			What:   fmt.Sprintf("there are %s, fewer than a training needs (%d)", images(n), r.SmallestRun),
			Advice: "add images",
		}}
	case n < FewImages:
		return []Finding{{
			Kind: "few", Severity: Note, Count: n,
			What: fmt.Sprintf("there are %s: a network that starts from random values learns little from fewer "+
				"than %d", images(n), FewImages),
			Advice: "start from weights that were trained on more (--init), or add images; labels are not needed",
		}}
	}
	return nil
}

// skipped are folders that are there twice.
func (s *Survey) skipped(Rules) []Finding {
	n := len(s.Index.Skipped)
	if n == 0 {
		return nil
	}
	f := Finding{
		Kind: "linked-twice", Severity: Note, Count: n,
		What:   plural(n, "folder is", "folders are") + " reachable by two paths, and used once",
		Advice: "nothing to do, unless the images were meant to count twice",
	}
	for _, folder := range s.Index.Skipped[:min(n, maxShown)] {
		f.Examples = append(f.Examples, Example{Path: folder.Path, Detail: folder.Reason})
	}
	return []Finding{f}
}
