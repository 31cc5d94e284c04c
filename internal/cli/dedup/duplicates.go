package dedup

import (
	"fmt"
	"strconv"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/csvtext"
	"github.com/dino-go/dino/internal/output/contactsheet"
	"github.com/dino-go/dino/internal/progress"
)

// duplicates are images with their groups.
type duplicates struct {
	*grouping.Set
	o      Options
	groups []eval.DuplicateGroup
}

// removable is the number of images that are not the first of their group.
func (d duplicates) removable() int {
	n := 0
	for _, g := range d.groups {
		n += len(g.Rows) - 1
	}
	return n
}

// largest is the number of images in the largest group.
func (d duplicates) largest() int {
	n := 0
	for _, g := range d.groups {
		n = max(n, len(g.Rows))
	}
	return n
}

// Lines has one for every image of a group.
func (d duplicates) Lines() [][]string {
	lines := [][]string{{"group", "path", "label", "similarity", "keep"}}
	for number, g := range d.groups {
		for i, row := range g.Rows {
			keep := "0"
			if i == 0 {
				keep = "1"
			}
			lines = append(lines, []string{
				strconv.Itoa(number), csvtext.Escape(d.Rows[row].Path),
				csvtext.Escape(d.Rows[row].Label), strconv.FormatFloat(g.Similarity[i], 'g', 6, 64), keep,
			})
		}
	}
	return lines
}

// Report says how many images could go, and whether the threshold is too low.
func (d duplicates) Report(printer *progress.Printer) {
	if n := d.largest(); 2*n > len(d.Rows) && len(d.Rows) > 2 {
		printer.Note("one group holds %d of %d images, which are hardly all the same: --threshold should be "+
			"higher than %v", n, len(d.Rows), d.o.Threshold)
	}
	printer.Result("done", progress.Fields{
		"out": d.o.Out, "images": len(d.Rows), "bad_images": d.Bad, "threshold": d.o.Threshold, "groups": len(d.groups),
		"duplicates": d.removable(),
	}, "%s: %d groups among %d images; %d images could go", d.o.Out, len(d.groups), len(d.Rows), d.removable())
}

// maxShown is how many images of a group are on the contact sheet.
const maxShown = 24

// Page is the contact sheet of the first groups.
func (d duplicates) Page() contactsheet.Page {
	shown := d.groups[:min(d.o.Show, len(d.groups))]
	p := contactsheet.Page{
		Title: fmt.Sprintf("%d groups of near duplicates", len(d.groups)),
		Summary: fmt.Sprintf("%s, %d images, cosine similarity of at least %v. The number below an image is its "+
			"similarity to the first of the group.", d.o.Input, len(d.Rows), d.o.Threshold),
	}
	if len(shown) < len(d.groups) {
		p.Summary += fmt.Sprintf(" The first %d groups are shown.", len(shown))
	}
	for number, g := range shown {
		group := contactsheet.Group{Title: fmt.Sprintf("Group %d: %d images", number, len(g.Rows)), Total: len(g.Rows)}
		for i, row := range g.Rows[:min(maxShown, len(g.Rows))] {
			group.Pictures = append(group.Pictures, contactsheet.Picture{
				Path: d.Path(row), Name: d.Rows[row].Path,
				Caption: fmt.Sprintf("%s, %d×%d, %.4f", d.Rows[row].Path, d.Rows[row].Width, d.Rows[row].Height,
					g.Similarity[i]),
			})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}
