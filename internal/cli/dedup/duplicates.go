package dedup

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/cli/vectors"
	"github.com/dino-go/dino/internal/csvtext"
	"github.com/dino-go/dino/internal/output/contactsheet"
)

// duplicates are images with their groups.
type duplicates struct {
	*vectors.Set
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

// saveCSV writes a line for every image of a group.
func (d duplicates) saveCSV(path string) error {
	lines := [][]string{{"group", "path", "label", "similarity", "keep"}}
	for number, g := range d.groups {
		for i, row := range g.Rows {
			keep := "0"
			if i == 0 {
				keep = "1"
			}
			lines = append(lines, []string{strconv.Itoa(number), csvtext.Escape(d.Rows[row].Path), csvtext.Escape(d.Rows[row].Label), strconv.FormatFloat(g.Similarity[i], 'g', 6, 64), keep})
		}
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(lines); err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	return atomicfile.WriteFile(path, text.Bytes())
}

// maxShown is how many images of a group are on the contact sheet.
const maxShown = 24

// page is the contact sheet of the first groups.
func (d duplicates) page(o Options) contactsheet.Page {
	shown := d.groups[:min(o.Show, len(d.groups))]
	p := contactsheet.Page{
		Title:   fmt.Sprintf("%d groups of near duplicates", len(d.groups)),
		Summary: fmt.Sprintf("%s, %d images, cosine similarity of at least %v. The number below an image is its similarity to the first of the group.", o.Input, len(d.Rows), o.Threshold),
	}
	if len(shown) < len(d.groups) {
		p.Summary += fmt.Sprintf(" The first %d groups are shown.", len(shown))
	}
	for number, g := range shown {
		group := contactsheet.Group{Title: fmt.Sprintf("Group %d: %d images", number, len(g.Rows)), Total: len(g.Rows)}
		for i, row := range g.Rows[:min(maxShown, len(g.Rows))] {
			group.Pictures = append(group.Pictures, contactsheet.Picture{
				Path: d.Path(row), Name: d.Rows[row].Path, Caption: fmt.Sprintf("%s, %d×%d, %.4f", d.Rows[row].Path, d.Rows[row].Width, d.Rows[row].Height, g.Similarity[i]),
			})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}
