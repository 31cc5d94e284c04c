package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
)

// Unlabelled is the label of a file in an index without classes.
const Unlabelled = -1

// File is one image of a folder.
type File struct {
	// Path is relative to the folder, with forward slashes on every system.
	Path string
	// Size is in bytes; 0 for a symbolic link whose target is missing.
	Size int64
	// Label is the position of the file's class in Index.Classes, or Unlabelled.
	Label int
}

// Skipped is something below the folder that was left out on purpose and that
// its owner may have meant to be used.
type Skipped struct {
	Path   string // relative to the folder, with forward slashes
	Reason string
}

// Index lists the images below a folder, sorted by path in byte order. A
// position in Files is what the rest of the program calls an image index.
type Index struct {
	// Root is the folder as it was given to Scan.
	Root string
	// Files are the images.
	Files []File
	// Classes are the names of the class subfolders in byte order, empty when
	// the folder has no usable labels.
	Classes []string
	// WhyUnlabelled says what keeps the folder from having labels; empty when
	// it has them.
	WhyUnlabelled string
	// Others is how many files without an image extension were seen.
	Others int
	// Ignored are those files by ending, the most frequent first.
	Ignored []Ignored
	// Hidden is how many files and folders were left out because their names begin with a dot.
	Hidden int
	// Refused is what a lenient scan could not read.
	Refused []Refusal
	// Skipped are folders that were not entered a second time.
	Skipped []Skipped
}

// Len returns the number of images.
func (x *Index) Len() int { return len(x.Files) }

// Path returns where image i lies, ready to be opened.
func (x *Index) Path(i int) string {
	return filepath.Join(x.Root, filepath.FromSlash(x.Files[i].Path))
}

// Class returns the name of image i's class; empty where it has none.
func (x *Index) Class(i int) string {
	if label := x.Files[i].Label; label != Unlabelled {
		return x.Classes[label]
	}
	return ""
}

// Labelled reports whether every image has a class.
func (x *Index) Labelled() bool { return len(x.Classes) > 0 }

// Labels returns the label of each of the given images.
func (x *Index) Labels(images []int) []int {
	labels := make([]int, len(images))
	for k, i := range images {
		labels[k] = x.Files[i].Label
	}
	return labels
}

// All returns the indices of all images, in order.
func (x *Index) All() []int {
	all := make([]int, len(x.Files))
	for i := range all {
		all[i] = i
	}
	return all
}

// Digest identifies the list of images: hex SHA-256 over every relative path
// and file size, in order. Two folders with the same digest give a run the same
// image indices, wherever they lie; a run resumes only on the same digest.
// Contents are not read, so an edit that keeps the size goes unnoticed.
func (x *Index) Digest() string {
	h := sha256.New()
	for _, f := range x.Files {
		// A path cannot contain NUL, so the encoding is unambiguous.
		fmt.Fprintf(h, "%s\x00%d\x00", f.Path, f.Size)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Expand lists every page of a file as an image behind it: pages tells how many the file at a path
// holds, and pagePath names one of them, counted from 1.
func (x *Index) Expand(pages func(path string) int, pagePath func(path string, page int) string) {
	var all []File
	for i, f := range x.Files {
		path := f.Path
		for page := range pages(x.Path(i)) {
			f.Path = pagePath(path, page+1)
			all = append(all, f)
		}
	}
	x.Files = all
}
