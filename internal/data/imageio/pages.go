package imageio

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio/tiff"
	"github.com/dino-go/dino/internal/data/stored"
)

// pageMark stands between the path of a file and the number of a page behind its first, counted
// from 1.
const pageMark = "#page="

// PagePath is the path of a page of a file, counted from 1.
func PagePath(path string, page int) string {
	if page <= 1 {
		return path
	}
	return path + pageMark + strconv.Itoa(page)
}

// splitPage takes a path apart into that of the file and the page, counted from 1. A file that has
// the whole as its name is meant itself.
func splitPage(path string) (file string, page int) {
	at := strings.LastIndex(path, pageMark)
	if at < 0 {
		return path, 1
	}
	n, err := strconv.Atoi(path[at+len(pageMark):])
	if err != nil || n < 2 {
		return path, 1
	}
	if _, err := os.Lstat(path); err == nil {
		return path, 1
	}
	return path[:at], n
}

// At is the reading for a path of [PagePath].
func (r Reading) At(path string) Reading {
	if _, page := splitPage(path); page > 1 {
		r.page = page - 1
	}
	return r
}

// Page is the page of the file that a path of an image names, counted from 1.
func Page(path string) int {
	_, page := splitPage(path)
	return page
}

// Pages is how many images the file at path holds that can be read as pages: those of a TIFF; 1 for
// others, and for what cannot be read.
func Pages(path string, limits Limits) int {
	data, err := ReadFile(path, limits)
	if err != nil {
		return 1
	}
	if h, err := ReadHeader(data); err == nil && h.Format == "tiff" {
		return h.Frames
	}
	return 1
}

func decodeTIFF(data []byte, r Reading) (stored.Picture, error) {
	if r.Pages != PageChannels {
		return tiff.Decode(data, r.page, r.Background.Set)
	}
	info, err := tiff.ReadInfo(data, 0)
	if err != nil {
		return stored.Picture{}, err
	}
	var planes []stored.Picture
	for page := range min(info.Pages, 3) {
		p, err := tiff.Decode(data, page, false)
		if err != nil {
			return stored.Picture{}, fmt.Errorf("page %d: %w", page+1, err)
		}
		planes = append(planes, p)
	}
	if len(planes) == 1 {
		return planes[0], nil
	}
	return merge(planes)
}

// merge makes red, green and blue of two or three grey pages; blue is 0 where there is no third.
func merge(planes []stored.Picture) (stored.Picture, error) {
	width, height := sizeOf(planes[0])
	for i, p := range planes {
		w, h := sizeOf(p)
		if w != width || h != height || (p.Deep == nil) != (planes[0].Deep == nil) ||
			p.Deep != nil && (p.Deep.Channels != 1 || (p.Deep.Words == nil) != (planes[0].Deep.Words == nil)) {
			return stored.Picture{}, fmt.Errorf("page %d is of another size or kind than the first: pages that are "+
				"channels must be alike and grey (data.pages)", i+1)
		}
	}
	if planes[0].Deep == nil {
		out := augment.NewImage(width, height)
		for c, p := range planes {
			for i := range width * height {
				out.Pix[3*i+c] = p.RGB.Pix[3*i]
			}
		}
		return stored.Picture{RGB: out}, nil
	}
	first := planes[0].Deep
	out := *first
	out.Channels = 3
	if first.Words != nil {
		out.Words = make([]uint16, 3*width*height)
	} else {
		out.Floats = make([]float32, 3*width*height)
	}
	for c, p := range planes {
		for i := range width * height {
			if first.Words != nil {
				out.Words[3*i+c] = p.Deep.Words[i]
			} else {
				out.Floats[3*i+c] = p.Deep.Floats[i]
			}
		}
	}
	return stored.Picture{Deep: &out}, nil
}
