package attnmap

import (
	"fmt"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/output/thumbnail"
)

// Sheet puts pictures in rows, gap pixels apart, on white. Columns are as wide
// as their widest picture and rows as high as their highest; a nil picture
// leaves its place empty. It fails if there is no picture.
func Sheet(rows [][]*augment.Image, gap int) (*augment.Image, error) {
	if gap < 0 {
		return nil, fmt.Errorf("attnmap: gap of the contact sheet is %d pixels: must not be negative", gap)
	}
	var widths []int
	heights := make([]int, len(rows))
	for y, row := range rows {
		for x, img := range row {
			if x == len(widths) {
				widths = append(widths, 0)
			}
			if img != nil {
				widths[x], heights[y] = max(widths[x], img.Width), max(heights[y], img.Height)
			}
		}
	}
	lefts, width := places(widths, gap)
	tops, height := places(heights, gap)
	if width < 1 || height < 1 {
		return nil, fmt.Errorf("attnmap: the contact sheet has no picture")
	}
	sheet := augment.NewImage(width, height)
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for y, row := range rows {
		for x, img := range row {
			if img != nil {
				thumbnail.Paste(sheet, img, lefts[x], tops[y])
			}
		}
	}
	return sheet, nil
}

// places returns where pieces of the given sizes begin, and the size of all.
// Pieces of size 0 take no gap.
func places(sizes []int, gap int) (starts []int, total int) {
	for _, size := range sizes {
		if size > 0 && total > 0 {
			total += gap
		}
		starts = append(starts, total)
		total += size
	}
	return starts, total
}
