package check

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"path/filepath"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/output/contactsheet"
)

//go:embed page.html
var source string

// page is what the template shows.
type page struct {
	*report
	Facts    []fact
	Bars     []bar
	Findings []shownFinding

	Suggested []suggestion
}

type fact struct{ Name, Value string }

type bar struct {
	Name    string
	Images  int
	Percent int // of the longest
}

type shownFinding struct {
	finding
	Heading  string
	Examples []shownExample
}

type shownExample struct {
	example
	First bool // of a group
}

// writePage writes the report as one HTML file that needs nothing else: thumbnails are inside.
func (r *report) writePage(path string, index *folder.Index) error {
	scratch := new(augment.Scratch)
	t, err := template.New("page").Funcs(template.FuncMap{
		"thumbnail": func(path string) (contactsheet.Thumbnail, error) {
			return contactsheet.ThumbnailOf(filepath.Join(index.Root, filepath.FromSlash(path)), scratch)
		},
	}).Parse(source)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	w := bufio.NewWriter(f)
	if err := t.Execute(w, r.page()); err != nil {
		return fmt.Errorf("check: %s: %w", path, err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("check: %s: %w", path, err)
	}
	return f.Commit()
}

func (r *report) page() page {
	p := page{report: r, Facts: []fact{
		{"images", fmt.Sprintf("%d, %s; %s", r.Images, digits.Bytes(r.Bytes), r.howMany())},
		{"formats", r.formats()},
		{"stored as", r.stored()},
		{"size", fmt.Sprintf("smallest %d × %d, median %d × %d, largest %d × %d (width × height)", r.Sizes.Smallest[0],
			r.Sizes.Smallest[1], r.Sizes.Median[0], r.Sizes.Median[1], r.Sizes.Largest[0], r.Sizes.Largest[1])},
		{"copies", fmt.Sprintf("%d identical, %d nearly the same", r.Copies.Identical, r.Copies.Near)},
		{"labels", r.labels()},
	}}
	if ignored := r.ignored(); ignored != "" {
		p.Facts = append(p.Facts, fact{"ignored", ignored})
	}
	if r.Run != nil {
		p.Facts = append(p.Facts, r.Run.facts()...)
		p.Suggested = r.Run.Suggested
	}
	most := 1
	for _, b := range r.Sizes.Buckets {
		most = max(most, b.Images)
	}
	for _, b := range r.Sizes.Buckets {
		p.Bars = append(p.Bars, bar{b.name(), b.Images, 100 * b.Images / most})
	}
	for _, f := range r.Findings {
		shown := shownFinding{finding: f, Heading: heading(f.Severity)}
		group := 0
		for _, e := range f.Examples {
			shown.Examples = append(shown.Examples, shownExample{e, e.Group != group})
			group = e.Group
		}
		p.Findings = append(p.Findings, shown)
	}
	return p
}
