package embeddings

import "strings"

// Row says what a row of features belongs to.
type Row struct {
	Path          string // of the image, relative to its folder, with forward slashes
	Label         string // name of the first folder in the path; empty where the image lies in none
	Width, Height int    // of the image in pixels, before any resizing; 0 where it is not known
	Patch         [2]int // row and column of the patch; used where a table is one of patches
}

// NewRow describes an image; its label is the first folder of its path.
func NewRow(path string, size [2]int) Row {
	row := Row{Path: path, Width: size[0], Height: size[1]}
	if label, _, nested := strings.Cut(path, "/"); nested {
		row.Label = label
	}
	return row
}
