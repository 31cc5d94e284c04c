package embeddingmap

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/output/thumbnail"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/watch/page"
	"github.com/dino-go/dino/internal/watch/points"
)

// MaxSize is the size that a file is kept below, in bytes.
const MaxSize = 10_000_000

// sides are how large thumbnails may be, in pixels; none where not even the smallest fit.
var sides = []int{64, 48, 32, 24, 16, 12}

// bytesPerPixel is about what JPEG takes.
const bytesPerPixel = 0.35

// sheetOfPage is all thumbnails in one picture, from left to right and from above.
type sheetOfPage struct {
	Source  string `json:"source"`
	Side    int    `json:"side"`
	Columns int    `json:"columns"`
	Sizes   []int  `json:"sizes"` // [2·images], width and height; 0 for an image that cannot be shown
}

// Written is what a file came to be.
type Written struct {
	Bytes      int
	Images     int
	Side       int // of thumbnails in pixels; 0 where there are none
	Unreadable int // images that cannot be shown
}

// Write writes the map with thumbnails as one HTML file, whole or not at all. progress, unless nil,
// is called with the images that are read.
func (m *Map) Write(ctx context.Context, path string, progress func(done, total int)) (Written, error) {
	html, w, err := m.within(ctx, MaxSize, progress)
	if err != nil {
		return w, fmt.Errorf("map: %w", err)
	}
	return w, atomicfile.WriteFile(path, html)
}

// within is the file with thumbnails as large as a size allows.
func (m *Map) within(ctx context.Context, limit int, progress func(done, total int)) ([]byte, Written, error) {
	d := m.data()
	d.Made, d.UMAP = time.Now().Format("2006-01-02 15:04"), points.Encoded(m.now().places)
	bare, err := document().With(d)
	if err != nil {
		return nil, Written{}, err
	}
	if len(bare) >= limit {
		return nil, Written{}, fmt.Errorf("%d images do not fit into %s: --points takes fewer", len(m.images),
			digits.Bytes(int64(limit)))
	}
	if m.folder == "" {
		return bare, Written{Bytes: len(bare), Images: len(m.images)}, nil
	}
	room := float64(limit-len(bare)) * 3 / 4 // of base64
	for _, side := range sides {
		if float64(len(m.images)*side*side)*bytesPerPixel > room {
			continue
		}
		sheet, unreadable, err := m.sheet(ctx, side, progress)
		if err != nil {
			return nil, Written{}, err
		}
		if unreadable == len(m.images) {
			return bare, Written{Bytes: len(bare), Images: len(m.images), Unreadable: unreadable}, nil
		}
		d.Sheet = sheet
		html, err := document().With(d)
		if err != nil || len(html) < limit {
			return html, Written{Bytes: len(html), Images: len(m.images), Side: side, Unreadable: unreadable}, err
		}
	}
	return bare, Written{Bytes: len(bare), Images: len(m.images)}, nil
}

// sheet decodes all images. One that cannot be decoded leaves its place empty.
func (m *Map) sheet(ctx context.Context, side int, progress func(done, total int)) (*sheetOfPage, int, error) {
	columns := int(math.Ceil(math.Sqrt(float64(len(m.images)))))
	whole := augment.NewImage(columns*side, (len(m.images)+columns-1)/columns*side)
	s := &sheetOfPage{Side: side, Columns: columns}
	scratch, unreadable := new(augment.Scratch), 0
	for row := range m.images {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		img, err := m.open(row, side, scratch)
		switch {
		case regularfile.MayPass(err):
			return nil, 0, err
		case err != nil:
			s.Sizes = append(s.Sizes, 0, 0)
			unreadable++
		default:
			thumbnail.Paste(whole, img, row%columns*side, row/columns*side)
			s.Sizes = append(s.Sizes, img.Width, img.Height)
		}
		if progress != nil {
			progress(row+1, len(m.images))
		}
	}
	text, err := imageio.EncodeJPEG(whole, quality)
	if err != nil {
		return nil, 0, err
	}
	s.Source = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(text)
	return s, unreadable, nil
}

// document is the page as one file.
func document() page.Document {
	files := Files()
	texts := make([][]byte, len(modules))
	for i, name := range modules {
		texts[i] = files[name].Content
	}
	style := slices.Concat(files["style.css"].Content, files["map.css"].Content)
	return page.Document{HTML: files["index.html"].Content, Style: style, Script: page.Join(texts...)}
}
