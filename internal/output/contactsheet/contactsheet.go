// Package contactsheet writes groups of images as one self-contained HTML file, with thumbnails
// inside.
//
// Tests: known answer (what is on the page, in order), property (any text is shown as text), bad
// input.
package contactsheet

import (
	"bufio"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/regularfile"
)

// Picture is one image of a group.
type Picture struct {
	Path    string // of the file
	Name    string // the tooltip of the picture
	Caption string // shown below it
}

// Group is a row of images under a title.
type Group struct {
	Title    string
	Pictures []Picture
	Total    int // images of the group, of which Pictures are the ones to show
}

// Hidden is how many images of the group are not shown.
func (g Group) Hidden() int { return g.Total - len(g.Pictures) }

// Page is a contact sheet.
type Page struct {
	Title   string
	Summary string
	Groups  []Group
}

const (
	thumbnail = 144 // pixels of the longer side
	quality   = 80  // of JPEG
)

//go:embed page.html
var source string

// Write writes the page to a file, whole or not at all. Thumbnails are made one by one as they are
// written. An image that cannot be decoded is a grey box with the reason; their number is returned.
func (p Page) Write(path string) (unreadable int, err error) {
	scratch := new(augment.Scratch)
	page, err := template.New("page").Funcs(template.FuncMap{
		"thumbnail": func(path string) (Thumbnail, error) {
			s, err := ThumbnailOf(path, scratch)
			if s.Source == "" {
				unreadable++
			}
			return s, err
		},
	}).Parse(source)
	if err != nil {
		return 0, fmt.Errorf("contactsheet: %w", err)
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Abort()
	w := bufio.NewWriter(f)
	if err := page.Execute(w, p); err != nil {
		return 0, fmt.Errorf("contactsheet: %s: %w", path, err)
	}
	if err := w.Flush(); err != nil {
		return 0, fmt.Errorf("contactsheet: %s: %w", path, err)
	}
	return unreadable, f.Commit()
}

// Thumbnail is what stands for an image on a page: the source of a small picture, or why there is
// none.
type Thumbnail struct {
	Source        template.URL // with the data inside
	Width, Height int          // pixels
	Reason        string
}

// ThumbnailOf fails if the system does; an image that is no longer there, or cannot be decoded, has
// a reason.
func ThumbnailOf(path string, scratch *augment.Scratch) (Thumbnail, error) {
	img, err := imageio.Reading{Own: true}.DecodeFile(path)
	if regularfile.MayPass(err) {
		return Thumbnail{}, err
	}
	if err != nil {
		return Thumbnail{Reason: err.Error()}, nil
	}
	longer := max(img.Width, img.Height)
	if longer > thumbnail {
		side := func(n int) int { return max(1, n*thumbnail/longer) }
		img = scratch.Apply(img, augment.Resize{
			Width: side(img.Width), Height: side(img.Height),
			Interpolation: augment.Bicubic,
		})
	}
	data, err := imageio.EncodeJPEG(img, quality)
	if err != nil {
		return Thumbnail{Reason: err.Error()}, nil
	}
	// The text is base64 of what we encoded, so that it can be trusted as the source of an image.
	return Thumbnail{
		Source: template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(data)),
		Width:  img.Width, Height: img.Height,
	}, nil
}
