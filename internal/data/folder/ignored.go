package folder

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Ignored are the files of one ending that are not that of an image.
type Ignored struct {
	Ending   string   // lower case, with its dot; empty for files without one
	Count    int      // files
	Examples []string // some of their paths, relative to the folder
}

// Refusal is something below the folder that has the name of an image or is a folder, and cannot be
// read.
type Refusal struct {
	Path string // relative to the folder, with forward slashes
	Err  error
}

// Bounds of what is kept of ignored files, since a folder may hold anything.
const (
	maxEndings   = 200 // the endings seen first; later ones count as none
	maxExamples  = 5   // of each ending
	longestKnown = 16  // bytes of an ending; a longer one is no ending but a part of a name
)

// ignore counts a file that is not an image.
func (s *scanner) ignore(rel string) {
	s.others++
	if s.ignored == nil {
		s.ignored = map[string]*Ignored{}
	}
	ending := strings.ToLower(path.Ext(rel))
	known := s.ignored[ending]
	if known == nil && (len(ending) > longestKnown || len(s.ignored) >= maxEndings) {
		ending = ""
		known = s.ignored[ending]
	}
	if known == nil {
		known = &Ignored{Ending: ending}
		s.ignored[ending] = known
	}
	known.Count++
	if len(known.Examples) < maxExamples {
		known.Examples = append(known.Examples, rel)
	}
}

// byCount are the ignored files by ending, the most frequent first.
func (s *scanner) byCount() []Ignored {
	all := make([]Ignored, 0, len(s.ignored))
	for _, ending := range slices.Sorted(maps.Keys(s.ignored)) {
		all = append(all, *s.ignored[ending])
	}
	slices.SortStableFunc(all, func(a, b Ignored) int { return cmp.Compare(b.Count, a.Count) })
	return all
}

// refuse is the end of a scan, unless it shall go on without what it cannot read.
func (s *scanner) refuse(rel string, err error) error {
	if !s.lenient {
		return err
	}
	s.refused = append(s.refused, Refusal{Path: rel, Err: err})
	return nil
}
